package webhook

import (
	"fmt"
	"strings"

	"tracrpc/publish"
)

// Filter chooses events by realm and verb. An empty one chooses all.
type Filter []kind

// kind is some events: those of a realm with a verb, where "*" is any.
type kind struct {
	realm, verb string
}

const anything = "*"

// ParseFilter reads REALM.VERB, where each may be *; a REALM alone stands for all
// of its verbs.
func ParseFilter(texts []string) (Filter, error) {
	var f Filter
	for _, text := range texts {
		realm, verb, both := strings.Cut(text, ".")
		if !both {
			verb = anything
		}
		for _, word := range []string{realm, verb} {
			if word != anything && (word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") != "") {
				return nil, fmt.Errorf("%q chooses no events: want REALM.VERB, such as ticket.created or ticket.*", text)
			}
		}
		f = append(f, kind{realm, verb})
	}
	return f, nil
}

func (f Filter) chooses(e publish.Event) bool {
	for _, k := range f {
		if (k.realm == anything || k.realm == e.Realm) && (k.verb == anything || k.verb == e.Verb) {
			return true
		}
	}
	return len(f) == 0
}
