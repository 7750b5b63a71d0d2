package render

import (
	"context"

	"tracrpc/wiki/markup"
)

// Macro is a macro or a processor. A call has IsBlock set when it is written as
// a processor.
type Macro struct {
	Name string
	// Description is wiki text; MacroList shows it, unless the macro is Hidden.
	Description string
	Hidden      bool
	// Inline tells whether a call gives inline HTML; nil is never.
	Inline func(c *markup.Call) bool
	// Expand returns the HTML of a call. A *markup.MacroError is shown to the
	// reader, as is any other error, with other words before it.
	Expand func(ctx context.Context, p *Place, c *markup.Call) (string, error)
}

// Place is where a macro is expanded.
type Place struct {
	*Renderer
	view
	host *host
}

// maxNested bounds how deep texts that macros show may stand in each other, as
// when a ticket's field has a macro that lists this ticket.
const maxNested = 4

// maxCalls bounds how many macros a page, with all that they show, may call.
const maxCalls = 1000

// HTML renders wiki text at the same place.
func (p *Place) HTML(ctx context.Context, text string) (string, error) {
	return p.nested(ctx, text, markup.Options{})
}

func (p *Place) nested(ctx context.Context, text string, o markup.Options) (string, error) {
	v := p.view
	v.depth++
	if v.depth > maxNested {
		return string(markup.AppendEscaped(nil, text, false)), nil
	}
	return p.render(ctx, v, text, o)
}

// registry holds the macros by name. It is what markup asks.
type registry map[string]*Macro

func newRegistry(more []Macro) registry {
	r := registry{}
	for _, list := range [2][]Macro{macros(), more} {
		for _, m := range list {
			r[m.Name] = &m
		}
	}
	return r
}

// macros is the table of all macros and processors of the package.
func macros() []Macro {
	list := append(csvMacros(), markdownMacros()...)
	return append(list,
		adminHelpMacro(),
		guideTocMacro(),
		imageMacro(),
		interTracMacro(),
		interWikiMacro(),
		knownMimeTypesMacro(),
		macroListMacro(),
		pageOutlineMacro(),
		recentChangesMacro(),
		repositoryIndexMacro(),
		subscriberListMacro(),
		ticketQueryMacro(),
		titleIndexMacro(),
		tracIniMacro(),
		workflowMacro(),
	)
}

// Known tells whether a call is one of a macro or processor. Kinds of text are
// both.
func (r registry) Known(c *markup.Call) bool {
	return r[c.Name] != nil || isLanguage(c.Name, c.IsBlock)
}

func (r registry) Inline(c *markup.Call) bool {
	m := r[c.Name]
	return m != nil && m.Inline != nil && m.Inline(c)
}
