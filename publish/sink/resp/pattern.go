package resp

// pattern is a pattern of channels as Redis has them: * stands for any text, ?
// for a byte, [a-c] and [^x] for one of some bytes, and a backslash takes away
// what the next byte means.
type pattern struct {
	text     string
	elements []element
}

// element stands for any text, or for one byte of a set.
type element struct {
	any bool
	set [4]uint64
}

func (e *element) add(c byte)      { e.set[c/64] |= 1 << (c % 64) }
func (e *element) has(c byte) bool { return e.set[c/64]>>(c%64)&1 == 1 }

// newPattern reads a pattern; every text is one.
func newPattern(text string) pattern {
	p := pattern{text: text}
	for rest := text; rest != ""; {
		var e element
		switch {
		case rest[0] == '*':
			e.any, rest = true, rest[1:]
			if n := len(p.elements); n > 0 && p.elements[n-1].any {
				continue
			}
		case rest[0] == '?':
			e.set, rest = [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, rest[1:]
		case rest[0] == '[':
			e, rest = readSet(rest[1:])
		case rest[0] == '\\' && len(rest) > 1:
			e.add(rest[1])
			rest = rest[2:]
		default:
			e.add(rest[0])
			rest = rest[1:]
		}
		p.elements = append(p.elements, e)
	}
	return p
}

// readSet reads a set of bytes up to its ], or to the end.
func readSet(text string) (e element, rest string) {
	not := text != "" && text[0] == '^'
	if not {
		text = text[1:]
	}
	for text != "" && text[0] != ']' {
		switch {
		case text[0] == '\\' && len(text) > 1:
			e.add(text[1])
			text = text[2:]
		case len(text) > 2 && text[1] == '-':
			from, to := min(text[0], text[2]), max(text[0], text[2])
			for c := int(from); c <= int(to); c++ {
				e.add(byte(c))
			}
			text = text[3:]
		default:
			e.add(text[0])
			text = text[1:]
		}
	}
	if text != "" {
		text = text[1:]
	}
	if not {
		for i := range e.set {
			e.set[i] = ^e.set[i]
		}
	}
	return e, text
}

// matches tells whether a channel matches, and how many steps it took to find
// out: at most the product of both lengths, whatever the pattern.
func (p pattern) matches(channel string) (yes bool, steps int) {
	at, star, starred := 0, -1, 0
	for i := 0; i < len(channel); steps++ {
		switch {
		case at < len(p.elements) && p.elements[at].any:
			star, starred = at, i
			at++
		case at < len(p.elements) && p.elements[at].has(channel[i]):
			at++
			i++
		case star >= 0: // the last * takes one byte more
			starred++
			at, i = star+1, starred
		default:
			return false, steps
		}
	}
	for at < len(p.elements) && p.elements[at].any {
		at++
	}
	return at == len(p.elements), steps
}
