package markup

import "strings"

const (
	blockMark = "{{{"
	blockEnd  = "}}}"
)

// source is the lines of a document, with the blocks in them found beforehand, so
// that a line is looked at once for this and not once for each block around it.
type source struct {
	lines []string
	ends  []int // of a line that begins a block, how far below its end is; else 0
}

// source finds the blocks in lines. Those that are never closed end at the
// end of the text.
func (d *Document) source(lines []string) source {
	s := source{lines: lines, ends: make([]int, len(lines))}
	var open []int
	for n, line := range lines {
		d.work.step(1 + skipSpace(line, 0))
		if _, starts := matchBlockStart(line); starts {
			open = append(open, n)
		} else if len(open) > 0 && trim(line) == blockEnd {
			last := len(open) - 1
			s.ends[open[last]] = n - open[last]
			open = open[:last]
		}
	}
	for last := len(open) - 1; last >= 0; last-- {
		s.ends[open[last]] = len(s.lines) - open[last]
		s.lines, s.ends = append(s.lines, blockEnd), append(s.ends, 0)
	}
	return s
}

// between is the part from line first up to the line end, without it.
func (s source) between(first, end int) source {
	return source{lines: s.lines[first:end:end], ends: s.ends[first:end:end]}
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

// codeBlock reads the block that begins in line n and returns the line behind it.
func (p *parser) codeBlock(n int) (next int) {
	line := p.lines[n]
	start, _ := matchBlockStart(line)
	first, end := n+1, n+p.ends[n]
	prefix := line[:strings.Index(line, blockMark)] // its lines need not keep this
	if start.name == "" {
		if first == end {
			return end + 1
		}
		if space, name, args, ok := matchProcessor(p.lines[first]); ok {
			start = blockStart{name: name, args: args}
			prefix = space
			first++
		} else {
			start.name = "default"
		}
	}
	switch start.name {
	case "th", "td", "tr":
	default:
		p.closeTable()
	}
	p.closeParagraph()
	inside := p.between(first, end)
	if prefix != "" {
		p.doc.work.step(len(inside.lines))
		cutPrefix(inside.lines, prefix)
	}
	p.processBlock(Call{Name: start.name, Args: ParseArgs(start.args), IsBlock: true}, inside)
	return end + 1
}

// cutPrefix removes a prefix from all lines, if all have it that are not empty.
func cutPrefix(lines []string, prefix string) {
	for _, line := range lines {
		if line != "" && !strings.HasPrefix(line, prefix) {
			return
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, prefix)
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
