package render

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// host is what a walk over a document asks: the links, resolved, and the macros.
type host struct {
	ctx     context.Context
	place   *Place
	anchors []markup.Anchor

	outlines    map[outlineKey]string
	wikis       interWikiMap
	highlighted time.Duration // the time that the highlighter took for the page
	markdown    int           // how much Markdown the page has had
}

func (h *host) Anchor(n int) markup.Anchor { return h.anchors[n] }

func (h *host) Expand(c *markup.Call, unique func(string) string) (string, error) {
	if m := h.place.macros[c.Name]; m != nil {
		if *h.place.calls++; *h.place.calls > maxCalls {
			return "", &markup.MacroError{Message: "The page calls too many macros"}
		}
		return m.Expand(h.ctx, h.place, c)
	}
	return h.code(c, unique)
}

// resolve finds out where all links of a document lead.
func (r *Renderer) resolve(ctx context.Context, v view, doc *markup.Document) (*host, error) {
	h := &host{ctx: ctx, place: &Place{Renderer: r, view: v}}
	h.place.host = h
	h.anchors = make([]markup.Anchor, 0, len(doc.Links()))
	err := r.eachLink(ctx, v, doc, func(_ *linker, a markup.Anchor) { h.anchors = append(h.anchors, a) })
	return h, err
}

// eachLink resolves the links of a document, one after the other.
func (r *Renderer) eachLink(ctx context.Context, v view, doc *markup.Document, found func(*linker, markup.Anchor)) error {
	links := doc.Links()
	if len(links) == 0 {
		return nil
	}
	l := newLinker(ctx, r, v)
	l.rehearsing = true
	for i := range links {
		l.anchor(&links[i])
	}
	l.rehearsing = false
	if err := l.ask(); err != nil {
		return err
	}
	for i := range links {
		l.named = ""
		found(l, l.anchor(&links[i]))
	}
	return l.err
}

// linker resolves links. It resolves all of them twice: the first time, while it
// is rehearsing, nothing exists, and it only notes what was asked for; then it
// asks for all that at once.
type linker struct {
	*Renderer
	view
	ctx        context.Context
	rehearsing bool
	named      string // the page that the last link is to
	err        error

	pages       wanted[string, bool]
	tickets     wanted[int, Brief]
	comments    wanted[CommentRef, bool]
	milestones  wanted[string, Milestone]
	attachments wanted[AttachmentRef, string]
	reports     wanted[int, bool]
	interWiki   interWikiMap
	wikiAsked   bool
	may         map[permission]bool
}

type permission struct {
	action       auth.Permission
	realm, id    string
	version      int
	parent, name string
}

// wanted is what was asked for, and then what there is of it.
type wanted[K comparable, V any] struct {
	asked map[K]bool
	found map[K]V
}

func (w *wanted[K, V]) get(key K, rehearsing bool) (V, bool) {
	if rehearsing {
		if w.asked == nil {
			w.asked = map[K]bool{}
		}
		w.asked[key] = true
	}
	v, ok := w.found[key]
	return v, ok
}

// ask asks for all that was wanted.
func (w *wanted[K, V]) ask(ctx context.Context, find func(context.Context, []K) (map[K]V, error)) error {
	if len(w.asked) == 0 {
		return nil
	}
	found, err := find(ctx, slices.Collect(maps.Keys(w.asked)))
	w.found = found
	return err
}

func newLinker(ctx context.Context, r *Renderer, v view) *linker {
	return &linker{Renderer: r, view: v, ctx: ctx, may: map[permission]bool{}}
}

// ask looks everything up that the rehearsal asked for.
func (l *linker) ask() error {
	var errs [7]error
	if l.Pages != nil {
		errs[0] = l.pages.ask(l.ctx, l.Pages.Existing)
	}
	if l.Tickets != nil {
		errs[1] = l.tickets.ask(l.ctx, l.Tickets.Briefs)
		errs[2] = l.comments.ask(l.ctx, l.Tickets.Comments)
	}
	if l.Milestones != nil {
		errs[3] = l.milestones.ask(l.ctx, l.Milestones.Milestones)
	}
	if l.Attachments != nil {
		errs[4] = l.attachments.ask(l.ctx, l.Attachments.Attachments)
	}
	if l.Reports != nil {
		errs[5] = l.reports.ask(l.ctx, l.Reports.Reports)
	}
	errs[6] = l.askInterWiki()
	return errors.Join(errs[:]...)
}

// allowed tells whether the reader may do action. While rehearsing everything is
// allowed.
func (l *linker) allowed(action auth.Permission, on auth.Resource) bool {
	if l.rehearsing {
		return true
	}
	key := permission{action: action, realm: on.Realm, id: on.ID, version: on.Version}
	if on.Parent != nil {
		key.parent, key.name = on.Parent.Realm, on.Parent.ID
	}
	if may, known := l.may[key]; known {
		return may
	}
	may, err := l.who.May(l.ctx, action, on)
	if err != nil && l.err == nil {
		l.err = err
	}
	l.may[key] = may
	return may
}
