package environment

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// writeFiles writes files into a new folder, and answers with the path of the
// first.
func writeFiles(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, files[0])
}

func readIni(t testing.TB, files ...string) *Ini {
	t.Helper()
	ini, err := ReadIni(writeFiles(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	return ini
}

const sample = "\ufeff# -*- coding: utf-8 -*-\r\n" + `
[ticket-workflow]
Leave = * -> *
leave.default : 1
spaced name = value ; no comment
hash = a # b
percent = %(name)s
empty =
long = first
  second
  # a comment within

	third
 ; another

  [not a section]
after = done

[Ticket-Workflow]
leave = other
[query]
items_per_page =  25
columns = id, summary,,  status
ratio = 0.5
word = many
on = Enabled
off = aye-aye
number = 2.5
zero = 0
unset =
`

func TestGet(t *testing.T) {
	ini := readIni(t, "trac.ini", sample)
	for _, c := range []struct{ section, key, want string }{
		{"ticket-workflow", "leave", "* -> *"},
		{"ticket-workflow", "LEAVE", "* -> *"},
		{"ticket-workflow", "leave.default", "1"},
		{"ticket-workflow", "spaced name", "value ; no comment"},
		{"ticket-workflow", "hash", "a # b"},
		{"ticket-workflow", "percent", "%(name)s"},
		{"ticket-workflow", "empty", ""},
		{"ticket-workflow", "long", "first\nsecond\n\nthird\n\n[not a section]"},
		{"ticket-workflow", "after", "done"},
		{"Ticket-Workflow", "leave", "other"},
		{"ticket-workflow", "nosuch", "otherwise"},
		{"nosuch", "leave", "otherwise"},
	} {
		if got := ini.Get(c.section, c.key, "otherwise"); got != c.want {
			t.Errorf("Get(%q, %q) = %q, want %q", c.section, c.key, got, c.want)
		}
	}
	if !ini.Has("ticket-workflow", "Empty") || ini.Has("ticket-workflow", "nosuch") {
		t.Error("Has: want true for an empty option, false for a missing one")
	}
}

func TestTypes(t *testing.T) {
	ini := readIni(t, "trac.ini", sample)
	for key, want := range map[string]bool{
		"on": true, "off": false, "number": true, "zero": false, "unset": false, "word": false, "nosuch": true,
	} {
		if got := ini.Bool("query", key, true); got != want {
			t.Errorf("Bool(%q) = %v, want %v", key, got, want)
		}
	}
	for key, want := range map[string]int{"items_per_page": 25, "unset": 0, "nosuch": 7} {
		if got := ini.Int("query", key, 7); got != want {
			t.Errorf("Int(%q) = %d, want %d", key, got, want)
		}
	}
	if got := ini.Float("query", "ratio", 1); got != 0.5 {
		t.Errorf("Float(ratio) = %v, want 0.5", got)
	}
	if got, want := ini.List("query", "columns", ""), []string{"id", "summary", "status"}; !slices.Equal(got, want) {
		t.Errorf("List(columns) = %q, want %q", got, want)
	}
	if got := ini.List("query", "unset", "a,b"); len(got) != 0 {
		t.Errorf("List of an empty option = %q, want nothing", got)
	}
	if got, want := ini.List("query", "nosuch", "a, b"), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("List(nosuch) = %q, want %q", got, want)
	}
	if len(ini.Problems()) != 0 {
		t.Errorf("Problems() = %q before any", ini.Problems())
	}
	if got := ini.Int("query", "word", 7) + ini.Int("query", "word", 7); got != 14 {
		t.Errorf("Int of a word = %d, want 7", got/2)
	}
	if got := ini.Problems(); len(got) != 1 || !strings.HasSuffix(got[0], `trac.ini: [query] word: expected a number, got "many"`) {
		t.Errorf("Problems() = %q", got)
	}
}

func TestInherit(t *testing.T) {
	ini := readIni(t,
		"conf/trac.ini", "[inherit]\nfile = ../site.ini, more/b.ini,\n  gone.ini\n[a]\nz = own\nx = own\n",
		"site.ini", "[inherit]\nfile = base.ini\n[a]\nx = site\ny = site\n[only]\nhere = 1\n",
		"base.ini", "[DEFAULT]\nd = base\n[a]\ny = base\nw = base\n",
		"conf/more/b.ini", "[a]\nw = b\nv = b\n")
	var got []string
	for _, o := range ini.Section("a") {
		got = append(got, o.Name+"="+o.Value)
	}
	want := []string{"z=own", "x=own", "y=site", "w=base", "d=base", "v=b"}
	if !slices.Equal(got, want) {
		t.Errorf("Section(a) = %q, want %q", got, want)
	}
	if ini.Get("only", "here", "") != "1" || ini.Has("only", "d") {
		t.Error("[only] is of site.ini alone, where no defaults are")
	}
	if p := ini.Problems(); len(p) != 1 || !strings.Contains(p[0], "gone.ini") {
		t.Errorf("Problems() = %q, want one about gone.ini", p)
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no section", "# c\na = b\n", `trac.ini:2: "a = b" stands before the first [section]`},
		{"no option", "[s]\nword\n", `trac.ini:2: "word" is neither an option, a [section] nor a comment`},
		{"no name", "[s]\n= 1\n", `trac.ini:2: "= 1" has no option name`},
		{"twice", "[s]\na = 1\nA = 2\n", `trac.ini:3: option a of [s] is already there in line 2`},
		{"section twice", "[s]\n[t]\n[s]\n", `trac.ini:3: section [s] is already there in line 1`},
		{"latin-1", "[s]\na = \xe4\n", `trac.ini:2: not UTF-8`},
		{"circle", "[inherit]\nfile = trac.ini\n", `trac.ini: inherits from itself`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadIni(writeFiles(t, "trac.ini", c.text))
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("ReadIni: %v, want ... %s", err, c.want)
			}
		})
	}
	if _, err := ReadIni(filepath.Join(t.TempDir(), "trac.ini")); err == nil {
		t.Error("ReadIni of a file that is not there: no error")
	}
}

func TestStale(t *testing.T) {
	path := writeFiles(t, "trac.ini", "[inherit]\nfile = site.ini, later.ini\n", "site.ini", "[a]\nb = 1\n")
	later := filepath.Join(filepath.Dir(path), "later.ini")
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"own file touched", func() error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) }},
		{"parent grown", func() error { return os.WriteFile(filepath.Join(filepath.Dir(path), "site.ini"), nil, 0o644) }},
		{"parent come", func() error { return os.WriteFile(later, nil, 0o644) }},
		{"parent gone", func() error { return os.Remove(later) }},
	} {
		ini, err := ReadIni(path)
		if err != nil {
			t.Fatal(err)
		}
		if ini.Stale() {
			t.Fatalf("%s: stale before", c.name)
		}
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		if !ini.Stale() {
			t.Errorf("%s: not stale", c.name)
		}
	}
}

func TestSetOption(t *testing.T) {
	for _, c := range []struct{ name, text, section, key, value, want string }{
		{"new file", "", "trac", "a", "b", "[trac]\na = b\n"},
		{"replaced", "[a]\n# why\nx: old\n  more\n\n# next\ny = 1\n", "a", "X", "new", "[a]\n# why\nx = new\n\n# next\ny = 1\n"},
		{"added", "[a]\nx = 1\n\n[b]\nz = 1\n", "a", "y", "2\n3", "[a]\nx = 1\ny = 2\n\t3\n\n[b]\nz = 1\n"},
		{"added deep", "[a]\n  x = 1\n", "a", "y", "2", "[a]\n  x = 1\n  y = 2\n"},
		{"empty section", "[a]\n[b]", "b", "y", "2", "[a]\n[b]\ny = 2\n"},
		{"new section", "[a]\nx = 1", "b", "y", "2", "[a]\nx = 1\n\n[b]\ny = 2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFiles(t, "trac.ini", c.text)
			if err := SetOption(path, c.section, c.key, c.value); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != c.want {
				t.Errorf("SetOption: %q, %v, want %q", got, err, c.want)
			}
		})
	}
	for _, bad := range [][3]string{{"a", "x", "1\n# lost"}, {"a]\n[b", "x", "1"}, {"a", "x=", "1"}, {"a", "x", " 1"}, {"", "x", "1"}} {
		path := writeFiles(t, "trac.ini", "[a]\n")
		if err := SetOption(path, bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("SetOption(%q): no error", bad)
		}
		if got, _ := os.ReadFile(path); string(got) != "[a]\n" {
			t.Errorf("SetOption(%q) left %q", bad, got)
		}
	}
}

func TestSetOptionKeepsModeAndLink(t *testing.T) {
	path := writeFiles(t, "real.ini", "[a]\n")
	link := filepath.Join(filepath.Dir(path), "trac.ini")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.ini", link); err != nil {
		t.Fatal(err)
	}
	if err := SetOption(link, "a", "b", "c"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v, want 0640", info.Mode(), err)
	}
	if ini, err := ReadIni(path); err != nil || ini.Get("a", "b", "") != "c" {
		t.Errorf("the link's target was not written: %v", err)
	}
}
