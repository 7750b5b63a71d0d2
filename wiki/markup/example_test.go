package markup_test

import (
	"context"
	"fmt"
	"strings"

	"tracrpc/wiki/markup"
)

// site says where the links of a document lead: pages to /wiki/, all others to
// where they say.
type site struct{ doc *markup.Document }

func (s site) Anchor(n int) markup.Anchor {
	l := s.doc.Links()[n]
	a := markup.Anchor{Linked: true, Href: "/wiki/" + l.Target, Text: strings.TrimSpace(l.Label)}
	if l.Scheme != "" && l.Scheme != "wiki" {
		a.Href = l.Scheme + ":" + l.Target
	}
	if a.Text == "" {
		a.Text = l.Source
	}
	return a
}

func (s site) Expand(c *markup.Call, _ func(string) string) (string, error) {
	return "", &markup.MacroError{Message: "no macros here"}
}

// Without Options a text is read with no macros, and by the strictest policy for
// HTML.
func Example() {
	ctx := context.Background()
	doc, err := markup.Parse(ctx, "See ''this'' WikiPage and [https://go.dev/ Go].", markup.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	html, err := doc.HTML(ctx, site{doc}, 0)
	fmt.Println(html, err)
	// Output:
	// <p>
	// See <em>this</em> <a href="/wiki/WikiPage">WikiPage</a> and <a href="https://go.dev/">Go</a>.
	// </p>
	//  <nil>
}

// The links of a document can be looked up all at once before it is written.
func ExampleDocument_Links() {
	doc, err := markup.Parse(context.Background(), "#7 and ticket:8 on [wiki:Start the start]", markup.Options{})
	if err != nil {
		fmt.Println(err)
	}
	for _, l := range doc.Links() {
		fmt.Printf("%s: %q\n", l.Source, l.Target)
	}
	// Output:
	// #7: "7"
	// ticket:8: "8"
	// [wiki:Start the start]: "Start"
}

func ExampleDocument_Plain() {
	doc, err := markup.Parse(context.Background(), "= A '''title''' =\n * one\n * two", markup.Options{})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(doc.Plain())
	// Output:
	// A title
	// one
	// two
}

func ExamplePolicy_Sanitize() {
	policy := markup.DefaultPolicy()
	fmt.Println(policy.Sanitize(`<p onclick="x()">Hello <b>there<script>alert(1)</script> <a href="javascript:x">you</a>`))
	// Output:
	// <p>Hello <b>there <a>you</a></b></p>
}
