package environment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SetOption sets one option in the trac.ini at path and leaves the rest of the
// file as it is. The file is replaced as a whole, so a reader sees the old text
// or the new one; it is made when it does not exist. What could not be read
// back as it was given (a section named "a]\nb", a value that ends in spaces)
// is refused.
func SetOption(path, section, key, value string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // or the link would be replaced, and its target left behind
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	changed, err := withOption(path, string(text), section, key, value)
	if err != nil {
		return err
	}
	return replaceFile(path, []byte(changed))
}

// withOption is text with one option set.
func withOption(path, text, section, key, value string) (string, error) {
	file, err := parseIni(path, text)
	if err != nil {
		return "", err
	}
	key = strings.ToLower(key)
	lines := splitLines(text)
	first, last, entry := place(file, lines, section, key, value)
	if first > 0 && !strings.HasSuffix(lines[first-1], "\n") {
		lines[first-1] += "\n"
	}
	changed := strings.Join(slices.Replace(lines, first, last, entry), "")
	again, err := parseIni(path, changed)
	if err != nil || !sameBut(file, again, section, key, value) {
		return "", fmt.Errorf("%s: [%s] %s = %q cannot be written in this format", path, section, key, value)
	}
	return changed, nil
}

// place finds the lines that the entry for an option replaces: those of its old
// value, else none, behind the section's last option, else at the end of the
// file.
func place(file *iniFile, lines []string, section, key, value string) (first, last int, entry string) {
	entry = key + " = " + strings.ReplaceAll(value, "\n", "\n\t") + "\n"
	s := file.section(section)
	if s == nil {
		entry = "[" + section + "]\n" + entry
		if len(lines) > 0 && strings.TrimFunc(lines[len(lines)-1], isSpace) != "" {
			entry = "\n" + entry
		}
		return len(lines), len(lines), entry
	}
	indent, first := "", s.line+1
	for _, o := range s.options {
		indent = leading(lines[o.first])
		if o.name == key {
			return o.first, o.last + 1, indent + entry
		}
		first = o.last + 1
	}
	return first, first, indent + entry
}

// leading is the white space that a line begins with. A new option stands as
// deep as the one before it, or it would be read as more of its value.
func leading(line string) string {
	return line[:len(line)-len(strings.TrimLeftFunc(line, isSpace))]
}

// sameBut tells whether after is before with just the one option set.
func sameBut(before, after *iniFile, section, key, value string) bool {
	want := before.values()
	want[[2]string{section, key}] = value
	got := after.values()
	if len(got) != len(want) {
		return false
	}
	for id, v := range want {
		if w, there := got[id]; !there || w != v {
			return false
		}
	}
	return true
}

func (f *iniFile) values() map[[2]string]string {
	all := map[[2]string]string{}
	for _, s := range f.sections {
		for _, o := range s.options {
			all[[2]string{s.name, o.name}] = o.value()
		}
	}
	return all
}

// replaceFile puts a new file in the place of path, with its mode.
func replaceFile(path string, content []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails, as it should, once it is renamed
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temporary.Name(), path)
}
