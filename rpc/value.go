// Package rpc is the heart of the server: the table of methods, the calls on
// them, and the HTTP handler that protocols plug into. A method is one row in
// rpc/api; a protocol is one folder under rpc. It knows what a call is and who
// may make it, and nothing of tickets or pages.
package rpc

import "strings"

// The values that travel: nil, bool, int, *big.Int (input only, beyond int),
// float64, string, time.Time (UTC), []byte, []any, Struct and, as the result of
// system.multicall only, []Outcome. Methods answer with these and no others;
// codecs read into them and write from them.

// Struct is a struct value whose members keep their order.
type Struct []Member

// Member is one named value of a Struct.
type Member struct {
	Name  string
	Value any
}

// Get finds a member by name; the last one wins where a client sent two.
func (s Struct) Get(name string) (any, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Name == name {
			return s[i].Value, true
		}
	}
	return nil, false
}

// manyMembers is from when on a map finds doubles faster than looking does.
const manyMembers = 32

// Distinct drops members whose name another one has: as in a Python dict, the
// first one's place and the last one's value stay. It works in s's own memory.
func (s Struct) Distinct() Struct {
	var places map[string]int
	if len(s) > manyMembers {
		places = make(map[string]int, len(s))
	}
	kept := s[:0]
	for _, member := range s {
		i, found := kept.place(places, member.Name)
		if found {
			kept[i].Value = member.Value
			continue
		}
		if places != nil {
			places[member.Name] = len(kept)
		}
		kept = append(kept, member)
	}
	return kept
}

func (s Struct) place(places map[string]int, name string) (int, bool) {
	if places != nil {
		i, found := places[name]
		return i, found
	}
	for i := range s {
		if s[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// Outcome is what became of one call: of a multicall's element, of a batch's
// element, or of a request's only call. Err is nil or a fault.
type Outcome struct {
	Method string // as it was asked for; "" when there was no name
	Value  any
	Err    error
}

// Namespace is the part of a method's name before the last dot.
func Namespace(method string) string {
	if i := strings.LastIndexByte(method, '.'); i >= 0 {
		return method[:i]
	}
	return ""
}
