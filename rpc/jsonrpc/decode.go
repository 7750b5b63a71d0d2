package jsonrpc

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// maxDigits is the length of the longest integer, as in Python.
const maxDigits = 4300

// parser reads JSON as Python's json module does: NaN and the infinities are
// numbers, of members with the same name the last one counts, integers are as
// long as they are, and floats past the largest are infinite.
type parser struct {
	ctx    context.Context // of the request, for as long as its body is read
	limits rpc.Limits
	src    string
	at     int
	depth  int
	values int
	halves bool // there was an escape of half a surrogate pair; U+FFFD stands there
}

// decodeWithin reads a whole body within limits. Its error is a fault of kind
// Parse or TooLarge.
func decodeWithin(ctx context.Context, body string, limits rpc.Limits) (v any, halves bool, err error) {
	src, err := toUTF8(ctx, body)
	if err != nil {
		return nil, false, err
	}
	p := &parser{ctx: ctx, limits: limits, src: src}
	if !utf8.ValidString(src) {
		return nil, false, fault.New(fault.Parse, "the body is no UTF-8")
	}
	if v, err = p.value(); err != nil {
		return nil, false, err
	}
	if p.space(); p.at < len(p.src) {
		return nil, false, p.fail("Something follows the JSON value")
	}
	return v, p.halves, nil
}

// fail is the fault for a body that is no JSON.
func (p *parser) fail(what string) error {
	before := p.src[:p.at]
	line := 1 + strings.Count(before, "\n")
	column := len(before) - strings.LastIndexByte(before, '\n')
	return fault.New(fault.Parse, "%s: line %d column %d (char %d)", what, line, column, p.at)
}

// toUTF8 is a body as UTF-8 without its byte order mark. In JSON the zero bytes
// at the beginning tell how a body is encoded (RFC 4627, section 3).
func toUTF8(ctx context.Context, body string) (string, error) {
	var from encoding.Encoding
	switch {
	case strings.HasPrefix(body, "\xEF\xBB\xBF"):
		return body[3:], nil
	case strings.HasPrefix(body, "\xFF\xFE\x00\x00"), len(body) > 3 && body[1:4] == "\x00\x00\x00":
		from = utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case strings.HasPrefix(body, "\x00\x00"):
		from = utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case strings.HasPrefix(body, "\xFF\xFE"), len(body) > 1 && body[1] == 0:
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case strings.HasPrefix(body, "\xFE\xFF"), strings.HasPrefix(body, "\x00"):
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	default:
		return body, nil
	}
	if err := rpc.MeterOf(ctx).TakeCopy(ctx, body); err != nil {
		return "", err
	}
	text, err := from.NewDecoder().String(body)
	if err != nil {
		return "", fault.New(fault.Parse, "the body is in no encoding of JSON")
	}
	return text, nil
}

func (p *parser) space() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// next is the byte after white space; 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.at == len(p.src) {
		return 0
	}
	return p.src[p.at]
}

func (p *parser) value() (any, error) {
	if err := p.count(); err != nil {
		return nil, err
	}
	switch c := p.next(); c {
	case '"':
		return p.text()
	case '{':
		return p.nested(p.object)
	case '[':
		return p.nested(p.array)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	default:
		return p.word()
	}
}

func (p *parser) count() error {
	p.values++
	if p.values > p.limits.Values {
		return rpc.MeterOf(p.ctx).TooManyValues(p.limits.Values)
	}
	if p.values%rpc.ValuesStep == 0 {
		return rpc.MeterOf(p.ctx).TakeValues(p.ctx)
	}
	return nil
}

func (p *parser) nested(read func() (any, error)) (any, error) {
	if p.depth >= p.limits.Depth {
		rpc.MeterOf(p.ctx).Reached(rpc.DepthLimit)
		return nil, p.fail("Nested too deeply")
	}
	p.depth++
	p.at++
	v, err := read()
	p.depth--
	return v, err
}

func (p *parser) array() (any, error) {
	list := []any{}
	if p.next() == ']' {
		p.at++
		return list, nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.at++
			return list, nil
		default:
			return nil, p.fail("A ',' or ']' is missing")
		}
	}
}

func (p *parser) object() (any, error) {
	s := rpc.Struct{}
	if p.next() == '}' {
		p.at++
		return s, nil
	}
	for {
		m, err := p.member()
		if err != nil {
			return nil, err
		}
		s = append(s, m)
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			return special(s.Distinct())
		default:
			return nil, p.fail("A ',' or '}' is missing")
		}
	}
}

func (p *parser) member() (m rpc.Member, err error) {
	if p.next() != '"' {
		return m, p.fail("A member's name in double quotes is missing")
	}
	if m.Name, err = p.text(); err != nil {
		return m, err
	}
	if p.next() != ':' {
		return m, p.fail("A ':' is missing")
	}
	p.at++
	m.Value, err = p.value()
	return m, err
}

// word reads what is neither quoted nor begins with a digit.
func (p *parser) word() (any, error) {
	for _, w := range words {
		if strings.HasPrefix(p.src[p.at:], w.Name) {
			p.at += len(w.Name)
			return w.Value, nil
		}
	}
	return nil, p.fail("A value is missing")
}

var words = []rpc.Member{
	{Name: "null", Value: nil},
	{Name: "true", Value: true},
	{Name: "false", Value: false},
	{Name: "NaN", Value: math.NaN()},
	{Name: "Infinity", Value: math.Inf(1)},
}

func (p *parser) number() (any, error) {
	if strings.HasPrefix(p.src[p.at:], "-Infinity") {
		p.at += len("-Infinity")
		return math.Inf(-1), nil
	}
	start := p.at
	if p.src[p.at] == '-' {
		p.at++
	}
	if p.at < len(p.src) && p.src[p.at] == '0' {
		p.at++
	} else if !p.digits() {
		return nil, p.fail("A digit is missing")
	}
	whole := !p.fraction()
	text := p.src[start:p.at]
	if !whole {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, fmt.Errorf("read number %q: %w", text, err)
		}
		return f, nil
	}
	if i, err := strconv.Atoi(text); err == nil {
		return i, nil
	}
	if len(text) > maxDigits {
		return nil, p.fail("A number of too many digits")
	}
	i, _ := new(big.Int).SetString(text, 10)
	return i, nil
}

// digits passes over digits, and tells whether there were any.
func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.src) && '0' <= p.src[p.at] && p.src[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

// fraction passes over what makes a number a float, if that stands here. As in
// Python a point or an e that no digit follows is no part of the number.
func (p *parser) fraction() bool {
	start := p.at
	if strings.HasPrefix(p.src[p.at:], ".") {
		p.at++
		if !p.digits() {
			p.at = start
			return false
		}
	}
	end := p.at
	if p.at < len(p.src) && p.src[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.src) && (p.src[p.at] == '+' || p.src[p.at] == '-') {
			p.at++
		}
		if !p.digits() {
			p.at = end
		}
	}
	return p.at > start
}

// text reads a string that is no longer than it may be.
func (p *parser) text() (string, error) {
	text, err := p.quoted()
	if err == nil && p.limits.Text > 0 && len(text) > p.limits.Text {
		err = rpc.MeterOf(p.ctx).TooLong(p.limits.Text)
	}
	return text, err
}

// quoted reads a string. It shares the body's memory where it can.
func (p *parser) quoted() (string, error) {
	p.at++
	start := p.at
	for i := start; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '"':
			p.at = i + 1
			return p.src[start:i], nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.at = i
			return "", p.fail("A control character in a string")
		}
	}
	p.at--
	return "", p.fail("A string does not end")
}

// escaped reads the rest of a string that began at start and has its first escape
// at i.
func (p *parser) escaped(start, i int) (string, error) {
	text := append(make([]byte, 0, i-start+32), p.src[start:i]...)
	p.at = i
	for p.at < len(p.src) {
		switch c := p.src[p.at]; {
		case c == '"':
			p.at++
			return string(text), nil
		case c < ' ':
			return "", p.fail("A control character in a string")
		case c == '\\':
			var err error
			if text, err = p.escape(text); err != nil {
				return "", err
			}
		default:
			text = append(text, c)
			p.at++
		}
	}
	return "", p.fail("A string does not end")
}

// escape appends what one escape stands for.
func (p *parser) escape(dst []byte) ([]byte, error) {
	if p.at+1 == len(p.src) {
		return dst, p.fail("A string does not end")
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := p.src[p.at+1]
	if i := strings.IndexByte(from, c); i >= 0 {
		p.at += 2
		return append(dst, to[i]), nil
	}
	r, ok := p.unit()
	if !ok {
		return dst, p.fail("An escape that is none")
	}
	p.at += len(`\u0000`)
	if utf16.IsSurrogate(r) {
		low, _ := p.unit()
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			p.halves = true
		} else {
			p.at += len(`\u0000`)
		}
	}
	return utf8.AppendRune(dst, r), nil
}

// unit is the UTF-16 code unit of the \u escape that stands here.
func (p *parser) unit() (rune, bool) {
	if len(p.src)-p.at < len(`\u0000`) || p.src[p.at:p.at+2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(p.src[p.at+2:p.at+6], 16, 16)
	return rune(n), err == nil
}
