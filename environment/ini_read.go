package environment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defaultSection holds options that each section of the same file has, too.
const defaultSection = "DEFAULT"

// ReadIni reads a trac.ini and the files that its [inherit] file names, which
// are relative to the file that names them. A file's own options win over those
// it inherits, and the first parent's over the second's. As for Trac, a parent
// that does not exist is an empty one.
func ReadIni(path string) (*Ini, error) {
	ini := &Ini{path: path, sections: map[string]*section{}}
	if err := ini.read(path, nil); err != nil {
		return nil, err
	}
	return ini, nil
}

// read adds a file's options where no earlier file has them. children are the
// files on the way here.
func (ini *Ini) read(path string, children []string) error {
	if slices.Contains(children, path) {
		return fmt.Errorf("%s: inherits from itself", path)
	}
	before := stampOf(path)
	ini.stamps = append(ini.stamps, before)
	if len(children) > 0 && !before.there {
		ini.complain(fmt.Sprintf("%s: inherited by %s, but there is no such file", path, children[len(children)-1]))
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := parseIni(path, string(text))
	if err != nil {
		return err
	}
	ini.merge(file)
	return ini.readParents(file, append(children, path))
}

func (ini *Ini) readParents(file *iniFile, children []string) error {
	own := children[len(children)-1]
	for name := range strings.SplitSeq(file.get("inherit", "file"), ",") {
		name = strings.TrimFunc(name, isSpace)
		if name == "" {
			continue
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(own), name)
		}
		if err := ini.read(name, children); err != nil {
			return err
		}
	}
	return nil
}

func (ini *Ini) merge(file *iniFile) {
	for _, from := range file.sections {
		to := ini.sections[from.name]
		if to == nil {
			to = &section{index: map[string]int{}}
			ini.sections[from.name] = to
		}
		for _, o := range from.options {
			to.add(Option{Name: o.name, Value: o.value()})
		}
		for _, o := range file.defaults() {
			to.add(Option{Name: o.name, Value: o.value()})
		}
	}
}

// iniFile is one file taken apart. Lines are counted from 0.
type iniFile struct {
	sections []*iniSection
}

type iniSection struct {
	name    string
	line    int // of its header
	options []*iniOption
}

// iniOption spans the lines from first to last; blank lines and comments after
// its value are not part of it.
type iniOption struct {
	name        string
	lines       []string
	first, last int
}

func (o *iniOption) value() string {
	return strings.TrimRightFunc(strings.Join(o.lines, "\n"), isSpace)
}

func (f *iniFile) section(name string) *iniSection {
	for _, s := range f.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (f *iniFile) defaults() []*iniOption {
	if s := f.section(defaultSection); s != nil {
		return s.options
	}
	return nil
}

func (f *iniFile) get(section, name string) string {
	s := f.section(section)
	if s == nil {
		return ""
	}
	for _, options := range [][]*iniOption{s.options, f.defaults()} {
		for _, o := range options {
			if o.name == name {
				return o.value()
			}
		}
	}
	return ""
}

// iniParser walks over the lines of one file.
type iniParser struct {
	fold    func(name string) string
	file    iniFile
	section *iniSection
	option  *iniOption // the one that an indented line would continue
	indent  int        // of the line that began it
	seen    map[[2]string]int
}

// parseIni takes the text of a file apart. Errors name the file and the line.
func parseIni(path, text string) (*iniFile, error) { return parse(path, text, strings.ToLower) }

// parseCased is parseIni with option names that keep their case.
func parseCased(path, text string) (*iniFile, error) {
	return parse(path, text, func(name string) string { return name })
}

func parse(path, text string, fold func(name string) string) (*iniFile, error) {
	p := iniParser{fold: fold, seen: map[[2]string]int{}}
	for i, line := range splitLines(text) {
		content := strings.TrimRight(line, "\r\n")
		if !utf8.ValidString(content) {
			return nil, fmt.Errorf("%s:%d: not UTF-8", path, i+1)
		}
		if err := p.line(i, content); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	return &p.file, nil
}

// splitLines cuts text behind each "\n", "\r\n" or "\r"; a byte order mark at
// the beginning is dropped.
func splitLines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	var lines []string
	for len(text) > 0 {
		end := strings.IndexAny(text, "\r\n") + 1
		if end == 0 {
			end = len(text)
		} else if strings.HasPrefix(text[end-1:], "\r\n") {
			end++
		}
		lines = append(lines, text[:end])
		text = text[end:]
	}
	return lines
}

func (p *iniParser) line(i int, line string) error {
	value := strings.TrimFunc(line, isSpace)
	if value == "" {
		if p.option != nil {
			p.option.lines = append(p.option.lines, "")
		}
		return nil
	}
	if value[0] == '#' || value[0] == ';' {
		return nil
	}
	indent := utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeftFunc(line, isSpace))
	if p.option != nil && indent > p.indent {
		p.option.lines = append(p.option.lines, value)
		p.option.last = i
		return nil
	}
	p.indent = indent
	if end := strings.LastIndexByte(value, ']'); value[0] == '[' && end > 1 {
		return p.header(i, value[1:end])
	}
	return p.assignment(i, value)
}

func (p *iniParser) header(i int, name string) error {
	p.option = nil
	if p.section = p.file.section(name); p.section == nil {
		p.section = &iniSection{name: name, line: i}
		p.file.sections = append(p.file.sections, p.section)
		return nil
	}
	if name == defaultSection {
		return nil
	}
	return fmt.Errorf("section [%s] is already there in line %d", name, p.section.line+1)
}

func (p *iniParser) assignment(i int, line string) error {
	if p.section == nil {
		return fmt.Errorf("%q stands before the first [section]", line)
	}
	at := strings.IndexAny(line, "=:")
	if at < 0 {
		return fmt.Errorf("%q is neither an option, a [section] nor a comment", line)
	}
	name := p.fold(strings.TrimRightFunc(line[:at], isSpace))
	if name == "" {
		return fmt.Errorf("%q has no option name", line)
	}
	id := [2]string{p.section.name, name}
	if first, there := p.seen[id]; there {
		return fmt.Errorf("option %s of [%s] is already there in line %d", name, p.section.name, first+1)
	}
	p.seen[id] = i
	p.option = &iniOption{name: name, first: i, last: i, lines: []string{strings.TrimLeftFunc(line[at+1:], isSpace)}}
	p.section.options = append(p.section.options, p.option)
	return nil
}

// isSpace is Python's idea of white space.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}
