package render_test

import (
	"slices"
	"testing"

	"tracrpc/auth"
	"tracrpc/wiki/render"
)

func TestLinksOfPage(t *testing.T) {
	t.Parallel()
	r := render.New(small().options())
	text := `= Guide =
WikiStart and [wiki:WikiStart#a again], [./Nowhere], #7, [#7 a place here], [//x host]
 * [http://x.example/ y] and http://x.example/ and [` + base + `/wiki/Guide z], wp:x
{{{
WikiPageNames in code
}}}
[[TitleIndex]] nosuch:scheme ticket:999
`
	page := func(name, address string) render.Link { return render.Link{Page: name, Href: address} }
	want := []render.Link{
		page("WikiStart", base+"/wiki/WikiStart"),
		page("WikiStart", base+"/wiki/WikiStart#a"),
		page("Guide/Nowhere", base+"/wiki/Guide/Nowhere"),
		page(base+"/ticket/7", base+"/ticket/7"),
		page("Guide", base+"/wiki/Guide#7"),
		page("/x", "/x"),
		{Page: "http://x.example/", Href: "http://x.example/", External: true},
		page(base+"/wiki/Guide", base+"/wiki/Guide"),
		{Page: "https://wp.example/x", Href: "https://wp.example/x", External: true},
	}
	want[5].External = true // the server's, but not the environment's
	got, err := r.Links(t.Context(), admin(), base, auth.Resource{Realm: "wiki", ID: "Guide"}, text)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("Links()\n got %v\nwant %v", got, want)
	}
	got, err = r.Links(t.Context(), anonymous(), base, auth.Resource{}, "NoSuchPage")
	if want := page("NoSuchPage", ""); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("Links() of a missing page for a reader = %v, %v, want %v", got, err, want)
	}
}
