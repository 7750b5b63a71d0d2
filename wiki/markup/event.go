package markup

// Kind says what an event is.
type Kind uint8

// The kinds of events, with the fields they use. What has an Open has a Close,
// but as in Trac they need not nest: a table may be closed before the style that
// was opened in its last cell.
const (
	// Text is text to be escaped, except for quotes.
	Text Kind = iota
	// Verbatim is text that the author protected from markup, quotes included.
	Verbatim
	// Code is an inline code span of Text.
	Code
	// Break is a line break; Text is the side that it clears, or empty.
	Break
	// StyleOpen and StyleClose carry the style in N.
	StyleOpen
	StyleClose
	// Target is an anchor named Text with Doc as its label.
	Target
	// Reference is the link Links[N].
	Reference
	// Expansion is the macro call Calls[N] within a line.
	Expansion
	// Block is the processor call Calls[N] that stands for itself.
	Block
	// Element is the HTML element named Text with the attributes Detail (HTML) and
	// the content Doc.
	Element
	// Preformatted is Text as it is. HTML is sanitised HTML in Text that leaves the
	// elements in Detail open. HTMLClose ends the element named Text, if one was left
	// open.
	Preformatted
	HTML
	HTMLClose
	// Unknown is a block whose processor, named Text, is not known.
	Unknown
	// Message is a system message with the title Text and the details Detail.
	Message
	// Heading is a heading of depth N with Doc as its text and, when the author
	// gave one, the anchor Text.
	Heading
	// Rule is a horizontal rule.
	Rule
	// ParagraphClose ends the paragraph, if one is open.
	ParagraphClose
	// LineOpen begins the inline content of one line. With N = 1 the line opens
	// a paragraph if it has content and none is open.
	LineOpen
	LineClose
	// ListOpen begins a list: Text is its class, N its start; Ordered says which.
	ListOpen
	ListClose
	ItemOpen
	ItemClose
	// DefinitionsOpen begins a definition list; Term is a term (Doc) after which
	// a definition begins.
	DefinitionsOpen
	DefinitionsClose
	Term
	TermClose
	// QuoteOpen begins an indented quote; Citation is a quoted Doc.
	QuoteOpen
	QuoteClose
	Citation
	// TableOpen begins a table; RowOpen a row with the attributes Text (HTML);
	// CellOpen a cell spanning N columns, Text its alignment; Header says that it
	// is a header cell.
	TableOpen
	TableClose
	RowOpen
	RowClose
	CellOpen
	CellClose
	// Ellipsis is the end of a text read as one line, before its styles are
	// closed: what was left out is shown with an ellipsis.
	Ellipsis
)

// Event is one step of a document. See the kinds for what its fields hold.
type Event struct {
	Kind Kind
	// Flag is Ordered of a list and Header of a cell; for what a macro call gives,
	// that it stands in a paragraph.
	Flag bool
	// Inline marks what comes from a macro call within a line.
	Inline bool
	N      int32
	Text   string
	Detail string
	Doc    *Document
}

// The styles of StyleOpen and StyleClose. Bold and italic exist twice, since
// Trac lets neither notation close the other one's.
const (
	bold int32 = iota
	boldCreole
	italic
	italicCreole
	underline
	strike
	subscript
	superscript
)

// Document is a text that has been read. It holds no result of any lookup and
// may be walked any number of times, by several goroutines at once.
type Document struct {
	*shared

	events  []Event
	oneLine bool
	outline []int             // the events that are headings
	short   map[int]*Document // those of them that are long, shortened
}

// shared is what a document and all documents inside it have in common.
type shared struct {
	options Options

	// links holds the links of the document and of everything in it, in the
	// order of the text.
	links []Link
	// calls holds the calls of macros and processors.
	calls []Call

	work *work // of reading the text
}

// Call is a call of a macro or a processor.
type Call struct {
	Name string
	// Content is the text between the brackets, or in the block. HasContent is
	// false for [[Name]].
	Content    string
	HasContent bool
	// Args are the arguments of a processor. IsBlock tells a processor call,
	// which may have none, from a macro call.
	Args    []Arg
	IsBlock bool
	// Within is the document in which the call stands.
	Within *Document
}

// Arg is a named argument of a processor, or a flag, whose value is then "True"
// or "False".
type Arg struct {
	Name, Value string
	IsFlag      bool
}

// Form says in which notation a link was written.
type Form uint8

// The notations of links.
const (
	// Page is a WikiPageName.
	Page Form = iota
	// LabelledPage is [WikiPageName label], FreePage is ["any name" label].
	LabelledPage
	FreePage
	// Ticket is #1, Report {1}, Changeset [1] or r1, Log [1:2] or r1:2.
	Ticket
	Report
	Changeset
	Log
	// Mail is a mail address.
	Mail
	// Short is scheme:target, Long is [scheme:target label] or
	// [[scheme:target|label]], Relative a Long without scheme whose Target begins
	// with a slash, dot, question mark or hash.
	Short
	Long
	Relative
)

// Link is a link as it was written.
type Link struct {
	Form   Form
	Scheme string // of Short and Long; empty where the author left it out
	Target string
	Label  string // "" when the author gave none
	// Source is all of the text that was matched; it is shown when the link
	// cannot be resolved.
	Source string
	// Prefix is the InterTrac prefix of a shorthand such as #T1, at the head of
	// Target; it may be followed by spaces.
	Prefix string
	// Revisions and Path are the parts of a Log.
	Revisions, Path string
}
