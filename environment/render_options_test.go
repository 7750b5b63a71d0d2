package environment

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reading finds where the program reads an option.
var reading = regexp.MustCompile(`\.(?:Get|Bool|Int|Float|List)\("([\w-]+)", "([\w-]+)"`)

// TestDocumentation compares what the TracIni macro describes with what the
// program reads.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"*.go", "../cmd/tracrpc/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	read := map[string]bool{}
	var source strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
		for _, m := range reading.FindAllStringSubmatch(string(text), -1) {
			read[m[1]+" "+m[2]] = true
		}
	}
	sections := map[string]bool{}
	described := map[string]bool{}
	for _, s := range documentation() {
		sections[s.Name] = true
		if s.Doc == "" {
			t.Errorf("[%s] is not described", s.Name)
		}
		for _, o := range s.Options {
			described[s.Name+" "+o.Name] = true
			if o.Doc == "" {
				t.Errorf("[%s] %s is not described", s.Name, o.Name)
			}
			if !read[s.Name+" "+o.Name] && !strings.Contains(source.String(), `"`+o.Name+`"`) {
				t.Errorf("nothing reads [%s] %s", s.Name, o.Name)
			}
		}
	}
	for option := range read {
		if section, _, _ := strings.Cut(option, " "); sections[section] && !described[option] {
			t.Errorf("options.txt has nothing about [%s]: describe it there in a sentence", option)
		}
	}
}
