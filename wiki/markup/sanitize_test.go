package markup_test

import (
	"fmt"
	"strings"
	"testing"

	"tracrpc/wiki/markup"
)

func TestSanitize(t *testing.T) {
	t.Parallel()
	policy := markup.DefaultPolicy()
	tests := []struct{ name, text, want string }{
		{"comments and declarations go", "a<!-- b --><!doctype html><![CDATA[c]]>d", "ad"},
		{"a processing instruction is a comment", "<?php x ?>", "<!--?php x ??-->"},
		{"comments in a style", `<b style="color: red; /* a */ width: 1px">x</b>`, `<b style="color: red; width: 1px">x</b>`},
		{"a comment over two lines is none", "<b style=\"color: red; /*\n/* a */ width: 1px\">x</b>", "<b style=\"color: red\">x</b>"},
		{"all addresses in a style count", `<b style="background: url(a) url(http://x.example/)">x</b>`, "<b>x</b>"},
		{"unsafe elements go with what is in them", "a<script>b</script>c<style>d", "ac"},
		{"what stays open is closed", "<div><b>x", "<div><b>x</b></div>"},
		{"a style goes on in the next paragraph", "<p><i>a<p>b", "<p><i>a</i></p><p><i>b</i></p>"},
	}
	for _, tt := range tests {
		if got := policy.Sanitize(tt.text); got != tt.want {
			t.Errorf("%s: Sanitize(%q)\n got %q\nwant %q", tt.name, tt.text, got, tt.want)
		}
	}
}

// TestSanitizeBounds has texts of which a browser makes a tree that is a hundred
// times as large.
func TestSanitizeBounds(t *testing.T) {
	t.Parallel()
	var styles strings.Builder
	for i := range 300 {
		fmt.Fprintf(&styles, "<b id=%d>", i)
	}
	paragraphs := strings.Repeat("</p><p>x", 500)
	policy := markup.DefaultPolicy()
	for name, text := range map[string]string{
		"many styles":      "<p>" + styles.String() + paragraphs,
		"a long attribute": "<p><b title='" + strings.Repeat("x", 4000) + "'>" + paragraphs,
		"many attributes":  "<p><b " + strings.Repeat("x=y ", 1000) + ">" + paragraphs,
	} {
		if out := policy.Sanitize(text); len(out) > 6*len(text) {
			t.Errorf("%s: %d bytes give %d", name, len(text), len(out))
		}
	}
	few := "<p>" + strings.Repeat("<font color=red>", 5) + strings.Repeat("<p>x</p>", 1000)
	if out := policy.Sanitize(few); strings.Contains(out, "&lt;") {
		t.Errorf("a page with a few styles left open is refused: %.80q", out)
	}
}
