package rpc

import (
	"fmt"
	"strings"
)

// Signature is a method's line in Trac's notation, taken apart:
// `array ticket.query(string qstr="status!=closed")`.
type Signature struct {
	Text    string
	Returns string
	Name    string
	Args    []Arg
	Minimum int // how many arguments have no default
}

// Arg is one declared argument.
type Arg struct {
	Type    string // int boolean string double DateTime Binary array struct
	Name    string
	Default string // as written after "="; "" when there is none
}

var wireTypes = map[string]bool{
	"int": true, "boolean": true, "string": true, "double": true,
	"DateTime": true, "Binary": true, "array": true, "struct": true,
}

// ParseSignature reads a signature line. Arguments with defaults come last.
func ParseSignature(text string) (Signature, error) {
	s := Signature{Text: text}
	open := strings.IndexByte(text, '(')
	if open < 0 || !strings.HasSuffix(text, ")") {
		return s, fmt.Errorf("signature %q: no argument list", text)
	}
	returns, name, found := strings.Cut(text[:open], " ")
	if !found || !wireTypes[returns] || Namespace(name) == "" {
		return s, fmt.Errorf("signature %q: want a type and a dotted name before the arguments", text)
	}
	s.Returns, s.Name = returns, name
	list := text[open+1 : len(text)-1]
	if list == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(list, ", ") {
		arg, err := parseArg(part)
		if err != nil {
			return s, fmt.Errorf("signature %q: %w", text, err)
		}
		if arg.Default == "" {
			s.Minimum++
			if s.Minimum != len(s.Args)+1 {
				return s, fmt.Errorf("signature %q: %q stands after an argument with a default", text, part)
			}
		}
		s.Args = append(s.Args, arg)
	}
	return s, nil
}

func parseArg(text string) (Arg, error) {
	kind, name, found := strings.Cut(text, " ")
	if !found || !wireTypes[kind] {
		return Arg{}, fmt.Errorf("argument %q: want a type and a name", text)
	}
	name, value, _ := strings.Cut(name, "=")
	return Arg{Type: kind, Name: name, Default: value}, nil
}

// Rows are the rows of system.methodSignature: the return type and the argument
// types, joined by commas, once for each number of arguments.
func (s Signature) Rows() []string {
	row := s.Returns
	var rows []string
	for i := 0; ; i++ {
		if i >= s.Minimum {
			rows = append(rows, row)
		}
		if i == len(s.Args) {
			return rows
		}
		row += "," + s.Args[i].Type
	}
}
