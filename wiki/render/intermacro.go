package render

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tracrpc/wiki/markup"
)

func interTracMacro() Macro {
	return Macro{Name: "InterTrac", Description: `Lists the other Tracs that links can lead to.`, Expand: expandInterTrac}
}

func expandInterTrac(_ context.Context, p *Place, _ *markup.Call) (string, error) {
	sites := map[string]bool{"trac": true}
	for name := range p.Settings.InterTrac {
		if dot := strings.LastIndexByte(name, '.'); dot > 0 {
			name = name[:dot]
		}
		sites[name] = true
	}
	w := &writer{}
	w.open("table", "class", "wiki intertrac").raw("<tr><th><em>Prefix</em></th><th><em>Trac Site</em></th></tr>")
	for _, name := range slices.Sorted(maps.Keys(sites)) {
		p.interTracRow(w, name)
	}
	return w.close("table").String(), nil
}

func (p *Place) interTracRow(w *writer, name string) {
	settings := p.Settings.InterTrac
	if alias, ok := settings[name]; ok {
		w.raw("<tr><td>").element("strong", name).raw("</td><td>Alias for ")
		w.element("strong", alias).raw("</td></tr>")
		return
	}
	address, title := settings[name+".url"], settings[name+".title"]
	if address == "" && name == "trac" {
		address, title = "https://trac.edgewall.org", "The Trac Project"
	}
	if address == "" {
		return
	}
	w.raw("<tr><td>").open("a", "href", address+"/timeline").element("strong", name).raw("</a></td><td>")
	w.element("a", orDefault(title, address), "href", address).raw("</td></tr>")
}

func interWikiMacro() Macro {
	return Macro{Name: "InterWiki", Description: `Lists the other wikis that links can lead to.`, Expand: expandInterWiki}
}

func expandInterWiki(ctx context.Context, p *Place, _ *markup.Call) (string, error) {
	wikis, err := p.readInterWiki(ctx)
	if err != nil {
		return "", err
	}
	w := &writer{}
	w.open("table", "class", "wiki interwiki").raw("<tr><th><em>Prefix</em></th><th><em>Site</em></th></tr>")
	for _, key := range slices.Sorted(maps.Keys(wikis)) {
		site := wikis[key]
		changes := expandArgs(site.address, []string{"RecentChanges"})
		if changes == site.address {
			changes += "RecentChanges"
		}
		shown := site.title
		if shown == site.prefix {
			shown = site.address
		}
		address := site.address
		if site.fromPage && !p.safeAddress(address) {
			address, changes = "", "" // anybody can write that page
		}
		w.raw("<tr><td>").element("a", site.prefix, "href", changes).raw("</td><td>")
		w.element("a", shown, "href", address).raw("</td></tr>")
	}
	return w.close("table").String(), nil
}
