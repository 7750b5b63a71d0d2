package markup

import "strings"

// emit adds the events of a match. What is a block begins or ends here.
func (s *scanner) emit(m *match) {
	p := s.p
	if p.doc.oneLine && s.emitOneLine(m) {
		return
	}
	switch m.rule {
	case ruleEscaped:
		p.inline(Event{Kind: Verbatim, Text: s.text[m.start+1 : m.end]})
	case ruleStyle:
		p.toggle(int32(m.number))
	case ruleBoldItalic:
		p.boldItalic()
	case ruleCode:
		p.inline(Event{Kind: Code, Text: m.target})
	case ruleLink:
		p.inline(Event{Kind: Reference, N: p.doc.addLink(m.link)})
	case ruleAngle:
		p.inline(Event{Kind: Text, Text: "<"})
		p.inline(Event{Kind: Reference, N: p.doc.addLink(m.link)})
		p.inline(Event{Kind: Text, Text: ">"})
	case ruleBreak:
		p.inline(Event{Kind: Break})
	case ruleTarget:
		p.target(m.target, m.label)
	case ruleMacro:
		p.macro(m.target, s.text[m.start:m.end])
	case ruleHeading:
		p.heading(m)
	case ruleItem:
		p.item(m.number, m.target)
	case ruleDefinition:
		p.definition(s.text[:m.end])
	case ruleIndent:
		p.indent(m.number)
	case ruleRow:
		p.rowSeparator(m.arg)
	case ruleCell:
		p.cell(m.target, m.number, m.last, m.label)
	}
}

// emitOneLine adds the events of what is different in one line of text: blocks
// are text there.
func (s *scanner) emitOneLine(m *match) bool {
	switch m.rule {
	case ruleBreak:
		s.p.inline(Event{Kind: Text, Text: " "})
	case ruleRow:
	case ruleHeading, ruleItem, ruleDefinition, ruleIndent, ruleCell:
		s.p.inline(Event{Kind: Text, Text: s.text[m.start:m.end]})
	default:
		return false
	}
	return true
}

func (p *parser) target(name, label string) {
	e := Event{Kind: Target, Text: name}
	if label != "" {
		e.Doc = p.doc.line(label, false)
	}
	p.inline(e)
}

// macro decides what stands between double brackets: an anchor, a macro call or
// a link.
func (p *parser) macro(content, source string) {
	line := strings.TrimSuffix(content, "\n")
	if name, label, ok := creoleTarget(line); ok {
		p.target(name, label)
		return
	}
	if c, ok := macroCall(line); ok && p.call(c) {
		return
	}
	p.inline(Event{Kind: Reference, N: p.doc.addLink(creoleLink(content, source))})
}

// call adds a macro call, unless nobody knows the macro.
func (p *parser) call(c Call) bool {
	if strings.EqualFold(c.Name, "br") {
		if p.doc.oneLine {
			p.inline(Event{Kind: Text, Text: " "})
		} else {
			p.inline(Event{Kind: Break, Text: clearSide(c.Content)})
		}
		return true
	}
	shown := "[[" + c.Name + "]]"
	if c.Content != "" {
		shown = "[[" + c.Name + "(...)]]"
	}
	if name, question := strings.CutSuffix(c.Name, "?"); question {
		if name != "" && !p.doc.knows(&Call{Name: name}) {
			return false
		}
		if name == "" {
			name = "*"
		}
		c = Call{Name: "MacroList", Content: name, HasContent: true}
	}
	if !p.doc.knows(&c) {
		return false
	}
	if p.doc.oneLine && !p.doc.inlineCall(&c) {
		p.inline(Event{Kind: Text, Text: shown})
		return true
	}
	p.processMacro(c)
	return true
}

// clearSide reads the argument of a line break: clear=left, right or both.
func clearSide(args string) string {
	sep := "="
	if strings.Contains(args, ":") {
		sep = ":"
	}
	name, side, _ := strings.Cut(args, sep)
	switch {
	case name != "clear":
		return ""
	case side == "left" || side == "right":
		return side
	}
	return "both"
}

// macroCall reads Name, Name(arguments), Name? or ?.
func macroCall(s string) (c Call, ok bool) {
	end := 0
	for end < len(s) {
		r, n := runeAt(s, end)
		if !isWord(r) && r != '/' && r != '+' && r != '-' {
			break
		}
		end += n
	}
	if end < len(s) && s[end] == '?' {
		end++
	}
	if end == 0 {
		return c, false
	}
	c.Name = s[:end]
	if end == len(s) {
		return c, true
	}
	rest := s[end:]
	if rest[0] != '(' || rest[len(rest)-1] != ')' || len(rest) < 2 || strings.Contains(rest, "\n") {
		return c, false
	}
	c.Content, c.HasContent = rest[1:len(rest)-1], true
	return c, true
}
