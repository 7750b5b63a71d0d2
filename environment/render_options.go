package environment

import (
	_ "embed"
	"strings"

	"tracrpc/wiki/render"
)

//go:embed options.txt
var optionsText string

// documentation describes the options of trac.ini for the TracIni macro.
func documentation() []render.Section {
	var list []render.Section
	for line := range strings.Lines(optionsText) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]") && !strings.HasPrefix(line, "[["):
			list = append(list, render.Section{Name: strings.Trim(line, "[]")})
		default:
			list[len(list)-1] = describe(list[len(list)-1], line)
		}
	}
	return list
}

// describe adds a line to the description of a section: an option, a line about
// the last option, or one about the section.
func describe(s render.Section, line string) render.Section {
	last := len(s.Options) - 1
	if doc, ok := strings.CutPrefix(line, "  "); ok && last >= 0 {
		s.Options[last].Doc += doc + "\n"
		return s
	}
	if name, value, ok := strings.Cut(line, " ="); ok && !strings.ContainsAny(name, " `") {
		s.Options = append(s.Options, render.Option{Name: name, Default: strings.TrimSpace(value)})
		return s
	}
	s.Doc += line + "\n"
	return s
}
