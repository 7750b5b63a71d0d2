package markup

import "strings"

const (
	blockMark = "{{{"
	blockEnd  = "}}}"
)

// codeBlock is the block between {{{ and }}} that is being collected.
type codeBlock struct {
	nesting int
	named   bool // the processor is decided
	call    Call
	first   int    // its first line
	prefix  string // the indentation of the block, which its lines need not keep
}

// blockStart is a line that begins a block; name may be empty.
type blockStart struct {
	name, args string
}

// matchBlockStart reads `{{{`, alone or followed by a processor.
func matchBlockStart(line string) (b blockStart, ok bool) {
	i := skipSpace(line, 0)
	if !strings.HasPrefix(line[i:], blockMark) || strings.Contains(line, blockEnd) {
		return b, false
	}
	rest := line[i+len(blockMark):]
	if _, name, args, ok := matchProcessor(rest); ok {
		return blockStart{name: name, args: args}, true
	}
	return b, skipSpace(rest, 0) == len(rest)
}

// matchProcessor reads `#!name` after white space.
func matchProcessor(line string) (space, name, args string, ok bool) {
	i := skipSpace(line, 0)
	if !strings.HasPrefix(line[i:], "#!") {
		return "", "", "", false
	}
	start := i + 2
	end := start
	for end < len(line) {
		r, n := runeAt(line, end)
		if !isWord(r) && r != '+' && r != '-' && (end == start || r != ',' && r != '.' && r != '/') {
			break
		}
		end += n
	}
	return line[:i], line[start:end], line[end:], end > start
}

// codeLine takes line n of the text while a block is open, or the line that
// opens one.
func (p *parser) codeLine(n int, start blockStart, starts bool) {
	b := &p.code
	line := p.lines[n]
	switch {
	case starts:
		p.codeStart(n, start)
	case trim(line) == blockEnd:
		b.nesting--
		if b.nesting == 0 && b.named {
			p.codeEnd(n)
		}
	case !b.named:
		space, name, args, ok := matchProcessor(line)
		if ok {
			b.prefix = space
			b.setProcessor(name, args)
			b.first = n + 1
			return
		}
		b.setProcessor("default", "")
	}
}

func (p *parser) codeStart(n int, start blockStart) {
	b := &p.code
	b.nesting++
	if b.nesting > 1 {
		if !b.named {
			b.setProcessor("default", "")
		}
		return
	}
	line := p.lines[n]
	*b = codeBlock{nesting: 1, first: n + 1, prefix: line[:strings.Index(line, blockMark)]}
	if start.name != "" {
		b.setProcessor(start.name, start.args)
	}
}

func (b *codeBlock) setProcessor(name, args string) {
	b.named = true
	b.call = Call{Name: name, Args: ParseArgs(args), IsBlock: true}
}

func (p *parser) codeEnd(n int) {
	b := &p.code
	switch b.call.Name {
	case "th", "td", "tr":
	default:
		p.closeTable()
	}
	p.closeParagraph()
	lines := p.lines[b.first:n:n]
	if b.prefix != "" {
		lines = withoutPrefix(lines, b.prefix)
	}
	p.processBlock(b.call, lines)
}

// withoutPrefix removes a prefix from all lines, if all have it that are not
// empty.
func withoutPrefix(lines []string, prefix string) []string {
	cut := make([]string, len(lines))
	for i, line := range lines {
		rest, ok := strings.CutPrefix(line, prefix)
		if !ok && line != "" {
			return lines
		}
		cut[i] = rest
	}
	return cut
}

// closeCode ends the blocks that the text leaves open.
func (p *parser) closeCode() {
	for p.code.nesting > 0 {
		p.lines = append(p.lines, blockEnd)
		p.codeLine(len(p.lines)-1, blockStart{}, false)
	}
}

// ParseArgs reads the arguments of a processor: name=value, name="value" and
// flags. Of a name that is given twice the last value counts; flags come after
// values.
func ParseArgs(s string) []Arg {
	var args, flags []Arg
	rest := 0
	for i := 0; i < len(s); {
		end := skipName(s, i)
		if end == i {
			_, n := runeAt(s, i)
			i += n
			continue
		}
		value, after := argValue(s, end)
		if after < 0 {
			i = end
			continue
		}
		flags = appendFlags(flags, s[rest:i])
		args = append(args, Arg{Name: s[i:end], Value: value})
		i, rest = after, after
	}
	return append(args, appendFlags(flags, s[rest:])...)
}

// skipName returns the end of the run of word characters and dashes at i.
func skipName(s string, i int) int {
	for i < len(s) {
		r, n := runeAt(s, i)
		if r != '-' && !isWord(r) {
			break
		}
		i += n
	}
	return i
}

// argValue reads =value at i; after is -1 when there is none.
func argValue(s string, i int) (value string, after int) {
	if i+1 >= len(s) || s[i] != '=' {
		return "", -1
	}
	i++
	if quote := s[i]; quote == '"' || quote == '\'' {
		n := strings.IndexByte(s[i+1:], quote)
		if n < 0 || strings.Contains(s[i+1:i+1+n], "\n") {
			return "", -1
		}
		return s[i+1 : i+1+n], i + n + 2
	}
	end := i
	for end < len(s) {
		r, n := runeAt(s, end)
		if r != '-' && r != ',' && !isWord(r) {
			break
		}
		end += n
	}
	if end == i {
		return "", -1
	}
	return s[i:end], end
}

func appendFlags(flags []Arg, s string) []Arg {
	for _, f := range strings.FieldsFunc(s, isSpace) {
		if skipName(f, 0) != len(f) {
			continue
		}
		value := "True"
		if f[0] == '-' {
			f, value = f[1:], "False"
		}
		if f != "" {
			flags = append(flags, Arg{Name: f, Value: value, IsFlag: true})
		}
	}
	return flags
}
