package xmlrpc

import (
	"context"
	"math/big"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// maxDigits is the length of the longest integer, as in Python.
const maxDigits = 4300

// parser reads a methodCall, by recursive descent.
type parser struct {
	*scanner
	ctx    context.Context // of the request, for as long as its body is read
	limits rpc.Limits
	values int
}

// elementsDeep is how many elements an array in an array is deeper: value, array
// and data.
const elementsDeep = 3

// parseWithin reads a whole request within limits. Its error is a fault of kind
// Parse, NoName or TooLarge.
func parseWithin(ctx context.Context, body string, limits rpc.Limits) (rpc.Invocation, error) {
	var call rpc.Invocation
	s, err := newScanner(ctx, body)
	if err != nil {
		return call, err
	}
	s.maxDepth, s.tooDeep = elementsDeep*limits.Depth, func() { rpc.MeterOf(ctx).Reached(rpc.DepthLimit) }
	p := &parser{scanner: s, ctx: ctx, limits: limits}
	root, err := p.tag()
	if err != nil {
		return call, err
	}
	if root.name != "methodCall" && root.name != "methodResponse" {
		return call, p.unexpected(root)
	}
	named, err := p.call(&call)
	if err != nil {
		return call, err
	}
	if _, err := p.tag(); err != nil { // the end of the document, else an error
		return call, err
	}
	if !named {
		return call, fault.New(fault.NoName, "Missing method name")
	}
	return call, nil
}

// unexpected is the fault for a tag that may not stand where it does.
func (p *parser) unexpected(t tag) error {
	what := "unexpected <" + t.name + ">"
	if t.end {
		what = "something missing before </" + t.name + ">"
	}
	return malformed(p.doc, t.at, what)
}

// call reads what is in the document element: the name and the params, either of
// which may be missing, but not both.
func (p *parser) call(call *rpc.Invocation) (named bool, err error) {
	var listed bool
	for {
		t, err := p.tag()
		switch {
		case err != nil:
			return named, err
		case t.name == "methodName" && !t.end && !named:
			named = true
			if call.Method, err = p.content(asSent); err != nil {
				return named, err
			}
		case t.name == "params" && !t.end && !listed:
			listed = true
			if call.Params, err = p.params(); err != nil {
				return named, err
			}
		case t.end && (named || listed):
			return named, nil
		default:
			return named, p.unexpected(t)
		}
	}
}

// content reads the text of an element that has nothing but text, and its end.
func (p *parser) content(ends newlines) (string, error) {
	text, err := p.text(ends)
	if err == nil {
		err = p.sized(text)
	}
	if err != nil {
		return "", err
	}
	return text, p.close()
}

// close reads an end tag, which is that of the innermost element.
func (p *parser) close() error {
	t, err := p.bareTag()
	if err == nil && !t.end {
		err = p.unexpected(t)
	}
	return err
}

// closeBlank reads white space and an end tag.
func (p *parser) closeBlank() error {
	t, err := p.tag()
	if err == nil && !t.end {
		err = p.unexpected(t)
	}
	return err
}

func (p *parser) params() ([]any, error) {
	var params []any
	for {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		if t.end {
			return params, nil
		}
		if t.name != "param" {
			return nil, p.unexpected(t)
		}
		v, err := p.only()
		if err != nil {
			return nil, err
		}
		params = append(params, v)
	}
}

// only reads the one value that an element holds, and the element's end.
func (p *parser) only() (any, error) {
	t, err := p.tag()
	if err != nil {
		return nil, err
	}
	v, err := p.element(t)
	if err != nil {
		return nil, err
	}
	return v, p.closeBlank()
}

// element reads a value from its start tag on: <value>, or bare <int> and the
// like, which the reference takes too and its documentation once showed.
func (p *parser) element(t tag) (any, error) {
	if t.end {
		return nil, p.unexpected(t)
	}
	if t.name == "value" {
		return p.value()
	}
	return p.typed(t)
}

// value reads the inside of a <value>, and its end. Without a type it is text.
func (p *parser) value() (any, error) {
	text, err := p.text(doubled)
	if err != nil {
		return nil, err
	}
	t, err := p.bareTag()
	if err != nil {
		return nil, err
	}
	if t.end {
		if err := p.sized(text); err != nil {
			return nil, err
		}
		return text, p.count()
	}
	if !blank(text) {
		return nil, p.unexpected(t)
	}
	v, err := p.typed(t)
	if err != nil {
		return nil, err
	}
	return v, p.closeBlank()
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

// sized refuses a text that is too long.
func (p *parser) sized(text string) error {
	if p.limits.Text > 0 && len(text) > p.limits.Text {
		return rpc.MeterOf(p.ctx).TooLong(p.limits.Text)
	}
	return nil
}

// typed reads a value from the start tag that names its type, to its end tag.
func (p *parser) typed(t tag) (any, error) {
	if err := p.count(); err != nil {
		return nil, err
	}
	switch t.name {
	case "string":
		return p.content(doubled)
	case "array":
		return p.array()
	case "struct":
		return p.members()
	}
	read := scalars[t.name]
	if read == nil {
		return nil, p.unexpected(t)
	}
	text, err := p.content(asSent)
	if err != nil {
		return nil, err
	}
	v, ok := read(text)
	if !ok {
		return nil, malformed(p.doc, t.at, "no "+t.name+": '"+text[:min(len(text), 40)]+"'")
	}
	return v, nil
}

// array reads the values of an array, to its end tag. Its <data> may be missing.
func (p *parser) array() (any, error) {
	t, err := p.tag()
	if err != nil {
		return nil, err
	}
	if t.name != "data" || t.end {
		return p.elements(t)
	}
	if t, err = p.tag(); err != nil {
		return nil, err
	}
	list, err := p.elements(t)
	if err != nil {
		return nil, err
	}
	return list, p.closeBlank()
}

// elements reads values from the start tag of the first on, to the end tag of
// the element that holds them.
func (p *parser) elements(t tag) (any, error) {
	list := []any{}
	for !t.end {
		v, err := p.element(t)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if t, err = p.tag(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (p *parser) members() (any, error) {
	s := rpc.Struct{}
	for {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		if t.end {
			return s.Distinct(), nil
		}
		if t.name != "member" {
			return nil, p.unexpected(t)
		}
		m, err := p.member()
		if err != nil {
			return nil, err
		}
		s = append(s, m)
	}
}

// member reads a <name> and a value, and the end of what holds them.
func (p *parser) member() (m rpc.Member, err error) {
	t, err := p.tag()
	if err != nil {
		return m, err
	}
	if t.name != "name" || t.end {
		return m, p.unexpected(t)
	}
	if m.Name, err = p.content(asSent); err != nil {
		return m, err
	}
	m.Value, err = p.only()
	return m, err
}

// scalars read the text of the types that have nothing else.
var scalars = map[string]func(text string) (any, bool){
	"int":              integer,
	"i1":               integer,
	"i2":               integer,
	"i4":               integer,
	"i8":               integer,
	"biginteger":       integer,
	"boolean":          boolean,
	"double":           double,
	"float":            double,
	"dateTime.iso8601": dateTime,
	"dateTime":         dateTime,
	"base64":           binary,
	"nil":              func(string) (any, bool) { return nil, true },
}

func integer(text string) (any, bool) {
	text = strings.TrimSpace(text)
	if i, err := strconv.Atoi(text); err == nil {
		return i, true
	}
	if len(text) > maxDigits || strings.IndexByte(text, '_') >= 0 {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

// boolean wants nothing around its digit, as the reference does not.
func boolean(text string) (any, bool) {
	return text == "1", text == "1" || text == "0"
}

func double(text string) (any, bool) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "xX_") {
		return nil, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if f != 0 && f-f != 0 && err != nil { // 1e999 is infinite, as in Python
		return f, true
	}
	return f, err == nil
}

func binary(text string) (any, bool) {
	data, err := rpc.DecodeBase64(text)
	return data, err == nil
}

// dateTime reads YYYYMMDDTHH:MM:SS, in UTC. Beyond the reference it reads dates
// with dashes, fractions and zones, which clients are known to send.
func dateTime(text string) (any, bool) {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC()
			return t, 0 < t.Year() && t.Year() < 10000
		}
	}
	return nil, false
}

// dateLayouts are tried in their order. time.Parse takes a fraction after the
// seconds without being told.
var dateLayouts = []string{
	"20060102T15:04:05",
	"20060102T15:04:05Z0700",
	"20060102T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05",
}
