package markup_test

import (
	"slices"
	"testing"

	"tracrpc/wiki/markup"
)

const page = `= The '''tea''' page =
See [wiki:Cups the cups], #7 and http://tea.example/.
 * black & ''green''
== How ==
{{{
boil
}}}
|| a || b ||
[[Known(x)]]
`

func TestPlain(t *testing.T) {
	t.Parallel()
	doc := read(t, page, markup.Options{Macros: bare{}})
	want := "The tea page\nSee the cups, #7 and http://tea.example/.\nblack & green\nHow\nboil\n a  b"
	if got := doc.Plain(); got != want {
		t.Errorf("Plain() = %q, want %q", got, want)
	}
}

func TestSections(t *testing.T) {
	t.Parallel()
	got := read(t, page, markup.Options{}).Sections()
	want := []markup.Section{{Level: 1, Title: "The tea page"}, {Level: 2, Title: "How"}}
	if !slices.Equal(got, want) {
		t.Errorf("Sections() = %v, want %v", got, want)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	var got []string
	for _, l := range read(t, page+"> {{{#!div\n> #8\n> }}}\n", markup.Options{}).Links() {
		got = append(got, l.Source)
	}
	want := []string{"[wiki:Cups the cups]", "#7", "http://tea.example/", "[[Known(x)]]", "#8"}
	if !slices.Equal(got, want) {
		t.Errorf("Links() = %q, want %q", got, want)
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	doc := read(t, "= A\n=== B\n= C [wiki:X y]", markup.Options{Macros: bare{}})
	got, err := doc.Outline(t.Context(), bare{doc}, 1, 6, true)
	if err != nil {
		t.Fatal(err)
	}
	want := `
<ol>
  <li>
    <a href="#A">A</a>
    <ol>
      <li>
        <ol>
          <li>
            <a href="#B">B</a>
          </li>
        </ol>
      </li>
    </ol>
  </li>
  <li>
    <a href="#Cy">C y</a>
  </li>
</ol>
`
	if got != want {
		t.Errorf("Outline = %s, want %s", got, want)
	}
}
