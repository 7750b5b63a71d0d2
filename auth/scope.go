package auth

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Scope is the part of a user's rights that a token carries. The zero Scope is
// all of them.
type Scope struct {
	// ReadOnly leaves permissions that only let one see things.
	ReadOnly bool
	// Methods are patterns of the methods that may be called, such as "ticket.*";
	// none stands for all.
	Methods []string
}

// ParseScope reads words with commas or spaces between them: "read", "write"
// (which is everything, and alone), and patterns of methods. "" is everything.
func ParseScope(text string) (Scope, error) {
	var s Scope
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	for _, word := range words {
		switch {
		case word == "read":
			s.ReadOnly = true
		case word == "write" && len(words) == 1:
		case word == "write":
			return s, fmt.Errorf("scope %q: write is everything, so nothing stands beside it", text)
		case strings.Trim(word, patternLetters) != "" || !strings.Contains(word, "."):
			return s, fmt.Errorf("scope %q: %s is neither read nor write nor a pattern of methods such as ticket.*", text, word)
		default:
			s.Methods = append(s.Methods, word)
		}
	}
	return s, nil
}

// patternLetters are all that a pattern of methods is made of.
const patternLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*"

// String is the scope as ParseScope reads it.
func (s Scope) String() string {
	words := slices.Clone(s.Methods)
	if s.ReadOnly {
		words = slices.Insert(words, 0, "read")
	}
	if len(words) == 0 {
		return "write"
	}
	return strings.Join(words, ",")
}

// MayCall tells whether a method is within the scope. Those of system.* are in
// every one: they tell of the API, and the calls in a multicall are looked at one
// by one.
func (s Scope) MayCall(method string) bool {
	if len(s.Methods) == 0 || strings.HasPrefix(method, "system.") {
		return true
	}
	return slices.ContainsFunc(s.Methods, func(pattern string) bool {
		matched, err := path.Match(pattern, method)
		return matched && err == nil
	})
}

// allows tells whether an action is within the scope. Trac names those that only
// let one see things so that it can be told.
func (s Scope) allows(action Permission) bool {
	return !s.ReadOnly || action == XMLRPC || strings.HasSuffix(string(action), "_VIEW")
}
