package markup_test

import (
	"strings"
	"testing"

	"tracrpc/wiki/markup"
)

// article is a page with some of everything.
var article = strings.Repeat(`= The '''first''' heading =
Plain words with a WikiPage, a link to [http://example.org/x the outside], a
ticket #12 and `+"`code`"+` as well as //Creole// and ''Moin'' styles.

 * one
 * two
   1. two and a half
   1. nearly three
 term:: what it means

|| a || '''b''' ||
|| c ||= d =||

> somebody said
>> that somebody said

{{{#!div class=box
Inside.
}}}
{{{
verbatim <text>
}}}
`, 40)

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(article)))
	for b.Loop() {
		read(b, article, markup.Options{Macros: bare{}})
	}
}

func BenchmarkHTML(b *testing.B) {
	doc := read(b, article, markup.Options{Macros: bare{}})
	b.SetBytes(int64(len(article)))
	for b.Loop() {
		if _, err := doc.HTML(b.Context(), bare{doc}, 0); err != nil {
			b.Fatal(err)
		}
	}
}
