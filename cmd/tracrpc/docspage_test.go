package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// visible is JavaScript for the names of the methods that can be seen.
const visible = `[...document.querySelectorAll(".method")].filter(m => m.getClientRects().length > 0).map(m => m.id)`

// TestDocsPage reads the documentation page in a real browser, on a screen as
// wide as a phone's.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "anonymous", "XML_RPC")
	b := newBrowser(t)
	address := serveTest(t, dir)
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true})
	b.open(address + "/rpc")

	t.Run("lists every method", func(t *testing.T) {
		var want, got []string
		for _, name := range (jsonClient{address, "user"}).must(t, "system.listMethods").([]any) {
			want = append(want, name.(string))
		}
		b.eval(visible, &got)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("methods on the page (-listed +seen):\n%s", diff)
		}
	})
	t.Run("fits a narrow screen", func(t *testing.T) {
		var width int
		b.eval(`document.querySelectorAll("details").forEach(d => { d.open = true }); document.documentElement.scrollWidth`, &width)
		if width > 390 {
			var wide []string
			b.eval(`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 390).map(e => e.outerHTML.slice(0, 100)).slice(0, 5)`, &wide)
			t.Errorf("the page is %d pixels wide on a screen of 390: %q", width, wide)
		}
	})
	t.Run("narrows to what is typed", func(t *testing.T) {
		for _, test := range []struct {
			typed string
			want  []string
		}{
			{"ticket.milestone.create", []string{"ticket.milestone.create"}},
			{"Milestone CREATE name", []string{"ticket.milestone.create"}},
			{"nosuchmethod", nil},
		} {
			got := typed(b, test.typed)
			if len(got) != len(test.want) || !slices.Equal(got, test.want) {
				t.Errorf("%q leaves %q, want %q", test.typed, got, test.want)
			}
		}
		var told bool
		b.eval(`document.getElementById("none").getClientRects().length > 0`, &told)
		if !told {
			t.Error("the page does not say that no method fits")
		}
		if all := typed(b, " "); len(all) < 79 {
			t.Errorf("an empty search shows %d methods", len(all))
		}
	})
	t.Run("asks for nothing else", func(t *testing.T) {
		requests, complaints := b.seen()
		if !slices.Equal(requests, []string{address + "/rpc"}) {
			t.Errorf("the page asks for %q", requests)
		}
		if len(complaints) > 0 {
			t.Errorf("complaints: %q", complaints)
		}
	})
}

// typed replaces what stands in the search field, as a user does, and returns the
// methods that are left.
func typed(b *browser, text string) []string {
	b.t.Helper()
	b.do("Runtime.evaluate", map[string]any{"expression": `document.getElementById("find").focus(); document.getElementById("find").select()`})
	b.do("Input.insertText", map[string]any{"text": text})
	var left []string
	b.eval(visible, &left)
	return left
}
