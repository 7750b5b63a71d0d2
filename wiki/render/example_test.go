package render_test

import (
	"context"
	"fmt"
	"html"
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
	"tracrpc/wiki/render"
)

// A renderer without lookups renders all but what it would have to look up. Here
// it has a macro of its own.
func Example() {
	r := render.New(render.Options{Macros: []render.Macro{{
		Name:        "Shout",
		Description: "Says it loudly.",
		Inline:      func(*markup.Call) bool { return true },
		Expand: func(_ context.Context, _ *render.Place, c *markup.Call) (string, error) {
			return "<b>" + html.EscapeString(strings.ToUpper(c.Content)) + "</b>", nil
		},
	}}})
	reader := auth.NewPrincipal("ann", map[auth.Permission]bool{"WIKI_VIEW": true}, nil)
	out, err := r.HTML(context.Background(), reader, "https://trac.example/p", auth.Resource{}, "[[Shout(hello & bye)]] [//wiki start]")
	fmt.Println(out, err)
	// Output:
	// <p>
	// <b>HELLO &amp; BYE</b> <a href="/wiki">start</a>
	// </p>
	//  <nil>
}
