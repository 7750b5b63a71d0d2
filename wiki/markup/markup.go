// Package markup reads Trac's WikiFormatting and writes it as HTML.
//
// It is made of three parts. A block machine (block.go) goes through the text
// line by line and holds what is open: lists, quotes, tables, paragraphs. An
// inline scanner (scanner.go) goes through a line once; at each byte that can
// begin something it asks the few matchers that could match there, in the order
// in which Trac's own rules stand (trac/wiki/parser.py). Both add typed events
// to a Document. A walk over the events writes HTML (html.go) or plain text
// (plain.go).
//
// Trac's rules are regular expressions that go back and forth over the text, and
// a line of brackets can keep them busy for hours. The matchers here remember
// where the next closing bracket is, or that there is none, so that the time is
// proportional to the length of the text, whatever the text is.
//
// The package knows no tickets, pages or macros: links are collected in
// Document.Links for whoever can resolve them, all at once, and macros and
// processors come through the Macros interface. It can be used without the rest
// of the program.
package markup

import (
	"context"
	"strings"
)

// Options say how a text is read. The zero Options read it as Trac does by
// default, with no macros.
type Options struct {
	// Macros knows the macros and processors; nil knows none.
	Macros Macros
	// Policy says what HTML and which attributes are safe; the zero Policy is
	// the strictest.
	Policy Policy
	// OneLine reads the text as Trac reads headings and summaries: inline markup
	// only, blocks left out.
	OneLine bool
	// Shorten cuts a text read with OneLine after about 75 characters.
	Shorten bool
	// KeepNewlines turns the line ends of paragraphs into line breaks, as Trac
	// does in ticket comments.
	KeepNewlines bool
	// MaxDepth bounds how deep blocks and quotes may stand in each other; 0 is
	// 100 blocks and 300 quotes.
	MaxDepth int
}

// Macros is the registry of macros and processors that are not part of the
// markup itself. Implementations must be safe for concurrent use if documents
// are read at the same time.
type Macros interface {
	// Known tells whether a call is one of a macro or processor; otherwise
	// [[name]] is a link and {{{#!name an error.
	Known(call *Call) bool
	// Inline tells whether the call gives inline HTML, so that it may stand in a
	// heading or a summary.
	Inline(call *Call) bool
}

// Parse reads text. The only error is that of ctx, when it ends before the text.
func Parse(ctx context.Context, text string, o Options) (*Document, error) {
	d := &Document{shared: &shared{options: o}}
	_, err := d.read(ctx, text)
	return d, err
}

// read reads text and returns how many steps that took.
func (d *Document) read(ctx context.Context, text string) (steps int, err error) {
	if strings.ContainsAny(text, "\v\f") {
		text = strings.NewReplacer("\v", " ", "\f", " ").Replace(text)
	}
	w := &work{ctx: ctx}
	d.work = w
	d.parse(text, 0)
	d.work = nil
	return w.steps, w.err
}

func (d *Document) parse(text string, depth int) {
	if d.shared.options.OneLine {
		d.oneLine = true
		d.parseOneLine(text, d.shared.options.Shorten)
		return
	}
	d.parseLines(d.source(splitLines(text)), depth, d.shared.options.KeepNewlines)
}

// sub reads a text as a document of its own that stands inside d.
func (d *Document) sub(text source, depth int, keepNewlines bool) *Document {
	s := &Document{shared: d.shared}
	s.parseLines(text, depth, keepNewlines)
	return s
}

// line reads text as one line of inline markup that stands inside d.
func (d *Document) line(text string, shorten bool) *Document {
	s := &Document{shared: d.shared, oneLine: true}
	s.parseOneLine(text, shorten)
	return s
}
