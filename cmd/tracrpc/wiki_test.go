package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWikiRender(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	file := filepath.Join(t.TempDir(), "page.wiki")
	if err := os.WriteFile(file, []byte("= A ''fine'' page =\nsee WikiStart and NoSuchPage\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const start = `<a class="wiki" href="/p/wiki/WikiStart">WikiStart</a>`
	const heading = `<h1 class="section" id="Afinepage">A <em>fine</em> page</h1>`
	for _, c := range []struct{ args, stdin, want string }{
		{"--env ENV --base /p/ FILE", "", heading + "\n<p>\nsee " + start + ` and <a class="missing wiki" href="/p/wiki/NoSuchPage" rel="nofollow">NoSuchPage</a>`},
		{"--env ENV --base /p --user anonymous FILE", "", `and <a class="missing wiki">NoSuchPage</a>`},
		{"-", "''x''", "<p>\n<em>x</em>\n</p>\n"},
		{"- --as line", "''x''\n\ny", "<em>x</em>"},
		{"- --as comment", "a\nb", "a<br />\nb"},
		{"- --as outline", "= a =\n", `<a href="#a">a</a>`},
		{"FILE --as text", "", "A fine page\nsee WikiStart and NoSuchPage\n"},
		{"- --page", "x", "<!DOCTYPE html>\n<html>"},
		{"- --on wiki:A/B", "[../C x]", `href="/wiki/A/C"`},
	} {
		args := strings.Fields(strings.NewReplacer("ENV", dir, "FILE", file).Replace("wiki render " + c.args))
		out, err := tracrpc(t, c.stdin, args...)
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("wiki render %s: %v\n got %s\nwant %s", c.args, err, out, c.want)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"wiki show x", "only render"}, {"wiki render nosuchfile", "nosuchfile"}, {"wiki render - --as pdf", "--as is"},
		{"wiki render", "takes 2 to 2"}, {"wiki render - --env /nosuch", "nosuch"},
	} {
		if _, err := tracrpc(t, "", strings.Fields(c.args)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.args, err, c.want)
		}
	}
}
