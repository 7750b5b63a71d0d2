package markup

import "strings"

// builtin names the processors that are part of the markup: those whose content
// is markup again, and those that show or hide text as it is.
func builtin(name string) bool {
	switch name {
	case "html", "htmlcomment", "default", "comment", "div", "rtl", "span", "Span", "td", "th", "tr", "table":
		return true
	}
	return false
}

// processBlock adds what the processor makes of a block.
func (p *parser) processBlock(c Call, text source) {
	if builtin(c.Name) && !(c.Name == "default" && hasArg(c.Args, "lineno")) {
		p.processBuiltin(c, text, p.block)
		return
	}
	c.Content, c.HasContent = blockText(text.lines), true
	if !p.doc.knows(&c) {
		p.block(Event{Kind: Unknown, Text: c.Name})
		return
	}
	p.block(Event{Kind: Block, N: p.doc.addCall(c)})
}

// processMacro adds what a processor makes of a macro call within a line.
func (p *parser) processMacro(c Call) {
	inParagraph := !(p.doc.oneLine || p.inItem || p.inTable || p.inDefinitions)
	add := func(e Event) {
		e.Inline, e.Flag = true, inParagraph
		p.inline(e)
	}
	if !builtin(c.Name) {
		add(Event{Kind: Expansion, N: p.doc.addCall(c)})
		return
	}
	if strings.EqualFold(c.Name, "span") {
		c.Args, c.Content = macroArgs(c.Content)
	}
	p.processBuiltin(c, p.doc.source(splitLines(c.Content)), add)
}

func blockText(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func (p *parser) processBuiltin(c Call, inside source, add func(Event)) {
	switch c.Name {
	case "comment":
		return
	case "div", "rtl", "td", "th", "tr", "table":
		p.container(c, inside, add)
		return
	}
	text := c.Content
	if c.IsBlock {
		text = blockText(inside.lines)
	}
	policy := &p.doc.options.Policy
	switch c.Name {
	case "default":
		add(Event{Kind: Preformatted, Text: text})
	case "htmlcomment":
		if strings.Contains(text, "--") {
			add(Event{Kind: Message, Text: `Error: Forbidden character sequence "--" in htmlcomment wiki code block`})
			return
		}
		add(Event{Kind: HTML, Text: "<!--\n" + text + "-->\n"})
	case "html":
		if !c.IsBlock || p.insideBlock() {
			add(Event{Kind: HTML, Text: policy.Sanitize(text)})
			return
		}
		for _, piece := range policy.pieces(text) {
			if piece.closes != "" {
				add(Event{Kind: HTMLClose, Text: piece.closes})
			}
			add(Event{Kind: HTML, Text: piece.safe, Detail: strings.Join(piece.open, " ")})
		}
	case "span", "Span":
		add(Event{Kind: Element, Text: "span", Detail: policy.attributes("span", c.Args), Doc: p.doc.line(text, false)})
	}
}

// container is a processor whose content is a document of its own.
func (p *parser) container(c Call, inside source, add func(Event)) {
	if p.depth >= p.doc.maxDepth(100) {
		add(Event{Kind: Message, Text: "Error: Processor " + c.Name + " failed", Detail: "Blocks stand too deep in each other"})
		return
	}
	e := Event{Kind: Element, Text: c.Name}
	switch c.Name {
	case "div":
		c.Args = defaultClass(c.Args, "wikipage")
	case "table":
		c.Args = defaultClass(c.Args, "wiki")
	case "rtl":
		e.Text = "div"
		c.Args = append(c.Args, Arg{Name: "class", Value: trimRight("rtl " + argNamed(c.Args, "class"))})
	case "td", "th":
		p.openRow("")
	}
	e.Detail = p.doc.options.Policy.attributes(e.Text, c.Args)
	e.Doc = p.doc.sub(inside, p.depth+1, false)
	if (c.Name == "tr" || c.Name == "table") && len(inside.lines) > 0 {
		if problem := e.Doc.unwrapTable(c.Name); problem != "" {
			add(Event{Kind: Message, Text: problem})
			return
		}
	}
	if c.Name == "tr" {
		p.openTable()
	}
	add(e)
}

// unwrapTable keeps what is inside the table that a document begins with: its
// rows, or for tr what is inside its rows. It returns what is wrong when there is
// no such table, or another one behind it; anything else behind it is dropped.
func (d *Document) unwrapTable(name string) (problem string) {
	ev := d.events
	for len(ev) > 0 && ev[0].Kind == ParagraphClose {
		ev = ev[1:]
	}
	isTable := func(e *Event) bool { return e.Kind == Element && e.Text == "table" }
	if closed := false; d.severalTables(&closed) {
		return "!#" + name + " must contain at most one table"
	}
	inside := []Event(nil)
	for i := range ev {
		if ev[i].Kind == TableClose && ev[0].Kind == TableOpen {
			inside = ev[1:i:i]
			break
		}
	}
	switch {
	case len(ev) > 0 && isTable(&ev[0]):
		inside = ev[0].Doc.events
	case len(ev) == 0 || ev[0].Kind != TableOpen:
		return "!#" + name + " must contain at least one table cell (and table cells only)"
	}
	d.events = inside
	if name == "tr" {
		d.events = withoutRow(d.events)
	}
	return ""
}

// severalTables tells whether a table begins behind the end of another one, here
// or in any document inside.
func (d *Document) severalTables(closed *bool) bool {
	for i := range d.events {
		e := &d.events[i]
		table := e.Kind == Element && e.Text == "table"
		if *closed && (table || e.Kind == TableOpen) {
			return true
		}
		if e.Doc != nil && e.Doc.severalTables(closed) {
			return true
		}
		*closed = *closed || table || e.Kind == TableClose
	}
	return false
}

func withoutRow(ev []Event) []Event {
	if len(ev) > 0 && ev[0].Kind == RowOpen {
		ev = ev[1:]
	}
	if n := len(ev); n > 0 && ev[n-1].Kind == RowClose {
		ev = ev[:n-1]
	}
	return ev
}

func hasArg(args []Arg, name string) bool {
	for _, a := range args {
		if a.Name == name {
			return true
		}
	}
	return false
}

// argNamed is the value of an argument, the last one if there are several.
func argNamed(args []Arg, name string) string {
	value := ""
	for _, a := range args {
		if a.Name == name {
			value = a.Value
		}
	}
	return value
}

func defaultClass(args []Arg, class string) []Arg {
	if hasArg(args, "class") {
		return args
	}
	return append(args, Arg{Name: "class", Value: class})
}

// macroArgs splits the content of a macro call at its commas into arguments
// (name=value) and text.
func macroArgs(content string) (args []Arg, text string) {
	var texts []string
	for _, part := range SplitArgs(content) {
		if name, value, ok := keyword(part); ok {
			args = append(args, Arg{Name: name, Value: value})
		} else {
			texts = append(texts, part)
		}
	}
	return args, strings.Join(texts, ", ")
}

// SplitArgs cuts the content of a macro call at its commas; a comma after a
// backslash does not cut.
func SplitArgs(content string) []string {
	if content == "" {
		return nil
	}
	var parts []string
	start := 0
	for i := range len(content) {
		if content[i] == ',' && (i == 0 || content[i-1] != '\\') {
			parts = append(parts, strings.ReplaceAll(content[start:i], `\,`, ","))
			start = i + 1
		}
	}
	return append(parts, strings.ReplaceAll(content[start:], `\,`, ","))
}

// keyword reads name=value, with a name such as Python would allow.
func keyword(s string) (name, value string, ok bool) {
	start := skipSpace(s, 0)
	if start >= len(s) || class[s[start]]&asciiLetter == 0 && s[start] != '_' {
		return "", "", false
	}
	end := start
	for end < len(s) && wordAt(s, end) {
		_, n := runeAt(s, end)
		end += n
	}
	if end == start+1 || end >= len(s) || s[end] != '=' {
		return "", "", false
	}
	return s[start:end], s[end+1:], true
}
