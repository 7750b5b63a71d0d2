// Package environment is an opened Trac environment: its trac.ini, its database
// and the services over them.
package environment

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Ini is a trac.ini as it was read, with the files that it inherits from. It is
// read the way Trac reads it (trac/config.py, Python's configparser without
// interpolation): section names keep their case, option names do not. It does
// not follow changes of the files; Stale tells of them. It is safe for
// concurrent use.
type Ini struct {
	path     string
	stamps   []stamp
	sections map[string]*section

	mu       sync.Mutex
	problems []string
}

// Option is one option of a section. Name is in lower case; the lines of Value
// are separated by "\n".
type Option struct {
	Name  string
	Value string
}

type section struct {
	options []Option
	index   map[string]int
}

func (s *section) add(o Option) {
	if _, there := s.index[o.Name]; there {
		return
	}
	s.index[o.Name] = len(s.options)
	s.options = append(s.options, o)
}

// stamp is what a file looked like when it was read.
type stamp struct {
	path  string
	there bool
	mtime time.Time
	size  int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return stamp{path: path}
	}
	return stamp{path: path, there: true, mtime: info.ModTime(), size: info.Size()}
}

// Stale tells whether one of the files has another time or size than when it
// was read, or has come or gone.
func (ini *Ini) Stale() bool {
	for _, s := range ini.stamps {
		if now := stampOf(s.path); now != s {
			return true
		}
	}
	return false
}

// Has tells whether the option is set, if only to nothing.
func (ini *Ini) Has(section, key string) bool {
	_, found := ini.lookup(section, key)
	return found
}

// Get is an option's value, or otherwise when the option is not set. An option
// that is set to nothing is "".
func (ini *Ini) Get(section, key, otherwise string) string {
	if value, found := ini.lookup(section, key); found {
		return value
	}
	return otherwise
}

func (ini *Ini) lookup(name, key string) (string, bool) {
	s := ini.sections[name]
	if s == nil {
		return "", false
	}
	i, found := s.index[strings.ToLower(key)]
	if !found {
		return "", false
	}
	return s.options[i].Value, true
}

// Bool is an option as a truth: Trac's words for true, or a number that is not
// zero. Any other value is false; otherwise is for an option that is not set.
func (ini *Ini) Bool(section, key string, otherwise bool) bool {
	value, found := ini.lookup(section, key)
	if !found {
		return otherwise
	}
	word := strings.ToLower(strings.TrimFunc(value, isSpace))
	if n, err := strconv.ParseFloat(word, 64); err == nil {
		return n != 0
	}
	switch word {
	case "yes", "true", "enabled", "on":
		return true
	}
	return false
}

// Int is an option as a whole number: 0 when it is set to nothing, otherwise
// when it is not set. A value that is no number counts as not set, and is
// reported by Problems.
func (ini *Ini) Int(section, key string, otherwise int) int {
	return number(ini, section, key, otherwise, strconv.Atoi)
}

// Float is Int for any number.
func (ini *Ini) Float(section, key string, otherwise float64) float64 {
	return number(ini, section, key, otherwise, func(s string) (float64, error) {
		return strconv.ParseFloat(s, 64)
	})
}

func number[N int | float64](ini *Ini, section, key string, otherwise N, parse func(string) (N, error)) N {
	value, found := ini.lookup(section, key)
	if !found {
		return otherwise
	}
	if value == "" {
		return 0
	}
	n, err := parse(strings.TrimFunc(value, isSpace))
	if err != nil {
		ini.complain(fmt.Sprintf("%s: [%s] %s: expected a number, got %q", ini.path, section, key, value))
		return otherwise
	}
	return n
}

// List is an option as the items between its commas, without spaces around them
// and without the empty ones; the items of otherwise when it is not set.
func (ini *Ini) List(section, key, otherwise string) []string {
	return listItems(ini.Get(section, key, otherwise))
}

// listItems are what stands between the commas of a list, without spaces around
// it; what is empty is left out.
func listItems(list string) []string {
	var items []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimFunc(item, isSpace); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Section lists the options of a section in the order of the file, then those
// of the inherited files that are not among them. The caller may change it.
func (ini *Ini) Section(name string) []Option {
	s := ini.sections[name]
	if s == nil {
		return nil
	}
	return slices.Clone(s.options)
}

// Problems says in sentences what in the files could not be used so far:
// values of the wrong kind, and inherited files that are not there.
func (ini *Ini) Problems() []string {
	ini.mu.Lock()
	defer ini.mu.Unlock()
	return slices.Clone(ini.problems)
}

func (ini *Ini) complain(problem string) {
	ini.mu.Lock()
	defer ini.mu.Unlock()
	if !slices.Contains(ini.problems, problem) {
		ini.problems = append(ini.problems, problem)
	}
}
