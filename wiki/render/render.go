// Package render turns the wiki text of a Trac environment into the HTML that
// Trac shows. It joins the notation (package wiki/markup) with what the notation
// speaks of: TracLinks to pages, tickets, milestones and attachments, InterTrac
// and InterWiki, macros and processors.
//
// Whatever the renderer must know of an environment it asks through the small
// interfaces in lookups.go, at most once a kind and a text: it first goes
// through all links to note what they ask for, and then asks for all of it.
package render

import (
	"context"
	"errors"
	"strings"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

// Options are what a renderer works with. Any lookup may be nil: then nothing of
// its kind exists.
type Options struct {
	Settings    Settings
	Pages       Pages
	Tickets     Tickets
	Milestones  Milestones
	Attachments Attachments
	Reports     Reports
	Queries     Queries

	// Macros are more macros and processors; they win over those of the same
	// name that the package brings.
	Macros []Macro
	// Resolvers are more link resolvers, by the scheme of their links.
	Resolvers map[string]Resolver
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Room is asked before a text of so many bytes is read, which takes many times
	// its memory. Its error ends the rendering. Nil lets all of them be read.
	Room func(ctx context.Context, size int) error
}

// Settings are the settings of trac.ini that decide how text looks.
type Settings struct {
	// SiteURL is [project] url or [trac] base_url: links that begin with it are
	// not external. When it is empty, the base of the links is taken.
	SiteURL string
	// InterTrac and InterWiki are the sections of these names.
	InterTrac map[string]string
	InterWiki map[string]string

	SafeSchemes         []string // [wiki] safe_schemes
	SafeOrigins         []string // [wiki] safe_origins
	RenderUnsafeContent bool     // [wiki] render_unsafe_content
	IgnoreMissingPages  bool     // [wiki] ignore_missing_pages
	SplitPageNames      bool     // [wiki] split_page_names

	HtdocsLocation  string    // [trac] htdocs_location
	ItemsPerPage    int       // [query] items_per_page; 0 is 100
	MilestoneGroups []Setting // [milestone-groups], in its order
	Documentation   []Section // what the TracIni macro describes
	Workflow        []ticket.Step

	ShowEmailAddresses   bool // [trac] show_email_addresses
	NeverObfuscateMailto bool // [trac] never_obfuscate_mailto
}

// Setting is an option of a section whose order matters.
type Setting struct{ Name, Value string }

// Resolver resolves the links of one scheme. The label is what to show.
type Resolver func(scheme, target, label string) markup.Anchor

// Renderer renders texts. It is safe for concurrent use.
type Renderer struct {
	Options
	policy markup.Policy
	macros registry

	coloured coloured
}

// New makes a renderer.
func New(o Options) *Renderer {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Settings.InterTrac = lowerKeys(o.Settings.InterTrac)
	r := &Renderer{Options: o, policy: markup.DefaultPolicy()}
	if o.Settings.SafeSchemes != nil {
		r.policy.Schemes = o.Settings.SafeSchemes
	}
	if o.Settings.SafeOrigins != nil {
		r.policy.Origins = o.Settings.SafeOrigins
	}
	r.policy.Unsafe = o.Settings.RenderUnsafeContent
	r.macros = newRegistry(o.Macros)
	return r
}

// lowerKeys writes the names of settings in small letters, since they mean the
// same in any.
func lowerKeys(settings map[string]string) map[string]string {
	lower := make(map[string]string, len(settings))
	for name, value := range settings {
		lower[strings.ToLower(name)] = value
	}
	return lower
}

// HTML renders text as who may see it. Links begin with baseURL, the address of
// the environment without a slash at its end. on is the resource that the text
// belongs to, such as the page of a page's text; the zero Resource is none.
func (r *Renderer) HTML(ctx context.Context, who auth.Principal, baseURL string, on auth.Resource, text string) (string, error) {
	return r.render(ctx, view{who: who, base: baseURL, on: on}, text, markup.Options{})
}

// OneLine renders text as one line of inline HTML, as Trac shows summaries.
// Shorten cuts it after about 75 characters.
func (r *Renderer) OneLine(ctx context.Context, who auth.Principal, baseURL string, on auth.Resource, text string, shorten bool) (string, error) {
	return r.render(ctx, view{who: who, base: baseURL, on: on}, text, markup.Options{OneLine: true, Shorten: shorten})
}

// Comment renders text as HTML does, but keeps the author's line ends, as Trac
// does in tickets.
func (r *Renderer) Comment(ctx context.Context, who auth.Principal, baseURL string, on auth.Resource, text string) (string, error) {
	return r.render(ctx, view{who: who, base: baseURL, on: on}, text, markup.Options{KeepNewlines: true})
}

// view is for whom and where a text is rendered.
type view struct {
	who   auth.Principal
	base  string
	on    auth.Resource
	depth int  // how many macros the text comes from
	calls *int // of macros, in this text and those around it
}

func (r *Renderer) parse(ctx context.Context, text string, o markup.Options) (*markup.Document, error) {
	if r.Room != nil {
		if err := r.Room(ctx, len(text)); err != nil {
			return nil, err
		}
	}
	o.Macros, o.Policy = r.macros, r.policy
	return markup.Parse(ctx, text, o)
}

func (r *Renderer) render(ctx context.Context, v view, text string, o markup.Options) (string, error) {
	if v.calls == nil {
		v.calls = new(int)
	}
	doc, err := r.parse(ctx, text, o)
	if err != nil {
		return "", err
	}
	h, err := r.resolve(ctx, v, doc)
	if err != nil {
		return "", err
	}
	html, err := doc.HTML(ctx, h, maxHTML)
	if errors.Is(err, markup.ErrTooLarge) {
		return "", fault.New(fault.TooLarge, "The page gives more than %d MB of HTML.", maxHTML>>20)
	}
	return html, err
}

// maxHTML bounds the HTML of one text.
const maxHTML = 32 << 20

// Plain is the text of a wiki text, without any markup.
func (r *Renderer) Plain(ctx context.Context, text string) (string, error) {
	doc, err := r.parse(ctx, text, markup.Options{})
	if err != nil {
		return "", err
	}
	return doc.Plain(), nil
}

// Outline renders the headings of text as nested lists of links to them, as the
// PageOutline macro shows them.
func (r *Renderer) Outline(ctx context.Context, who auth.Principal, baseURL string, on auth.Resource, text string) (string, error) {
	doc, err := r.parse(ctx, text, markup.Options{})
	if err != nil {
		return "", err
	}
	h, err := r.resolve(ctx, view{who: who, base: baseURL, on: on, calls: new(int)}, doc)
	if err != nil {
		return "", err
	}
	return doc.Outline(ctx, h, 1, 6, true)
}
