package environment

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"strings"
	"testing"
)

// FuzzSetOption checks that an option that was set is read back as it was set,
// and that every other option keeps its value.
func FuzzSetOption(f *testing.F) {
	f.Add(sample, "ticket-workflow", "long", "a\nb")
	f.Add("[a]\n x = 1\n  2\n", "a", "y", "")
	f.Add("[a]\rx:1", "b", "Ä", "ü")
	f.Add("[DEFAULT]\nd = 1\n[a]\n", "a", "d", "2")
	f.Fuzz(func(t *testing.T, text, section, key, value string) {
		before, err := parseIni("trac.ini", text)
		if err != nil {
			return
		}
		changed, err := withOption("trac.ini", text, section, key, value)
		if err != nil {
			return
		}
		after, err := parseIni("trac.ini", changed)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, changed, err)
		}
		want := before.values()
		want[[2]string{section, strings.ToLower(key)}] = value
		if !maps.Equal(after.values(), want) {
			t.Errorf("%q became %q: %q, want %q", text, changed, after.values(), want)
		}
	})
}

// configparser reads each text of a JSON array from its standard input as Trac
// reads a trac.ini, and writes what it found: null for a text it refuses.
const configparser = `
import configparser, json, sys
def values(text):
    p = configparser.ConfigParser(interpolation=None)
    try:
        p.read_string(text.replace('\r\n', '\n').replace('\r', '\n'))
    except configparser.Error:
        return None
    found = {s: dict(p.items(s)) for s in p.sections()}
    if p.defaults():
        found['DEFAULT'] = dict(p.defaults())
    return found
json.dump([values(t) for t in json.load(sys.stdin)], sys.stdout)
`

// TestAgainstConfigparser compares the reader with Python's.
func TestAgainstConfigparser(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed; script/test installs it")
	}
	texts := iniTexts()
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", configparser)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]map[string]string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		compareWithPython(t, text, want[i])
	}
}

func compareWithPython(t *testing.T, text string, want map[string]map[string]string) {
	t.Helper()
	file, err := parseIni("trac.ini", text)
	if (err != nil) != (want == nil) {
		t.Errorf("%q: %v, but configparser read %v", text, err, want)
	}
	if err != nil {
		return
	}
	ini := &Ini{sections: map[string]*section{}}
	ini.merge(file)
	for name, options := range want {
		got := map[string]string{}
		for _, o := range ini.Section(name) {
			got[o.Name] = o.Value
		}
		if !maps.Equal(got, options) {
			t.Errorf("%q: [%s] is %q, want %q", text, name, got, options)
		}
	}
	delete(ini.sections, defaultSection)
	delete(want, defaultSection)
	if len(ini.sections) != len(want) {
		t.Errorf("%q: %d sections, want %d", text, len(ini.sections), len(want))
	}
}

// iniTexts puts files together from pieces that matter to the format: all
// short ones, and long ones by a fixed rule.
func iniTexts() []string {
	pieces := []string{
		"[a]\n", "[b] x\n", "[DEFAULT]\n", "[]\n", "x = 1\n", "  y : 2 = 3\r\n", "\tz\r", "# c\n", "   ; c\n", "\n", "  \n",
		"X=\n", " ü = ä\x1c\n", "k k = v # n\n", "=\n", "    deep = 1\n", "\u00a0v = \u2028w\n", "[a]] ]\n", "last",
	}
	texts := []string{strings.TrimPrefix(sample, "\ufeff")}
	for _, a := range pieces {
		for _, b := range pieces {
			for _, c := range pieces {
				texts = append(texts, "[s]\n"+a+b+c, a+b+c+"x2 = 1\n  e\n\nq = 1\n")
			}
		}
	}
	state := uint32(1)
	for range 2000 {
		var text strings.Builder
		for range 12 {
			state = state*1664525 + 1013904223
			text.WriteString(pieces[state>>16%uint32(len(pieces))])
		}
		texts = append(texts, "[s]\n"+text.String())
	}
	return texts
}
