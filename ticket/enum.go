package ticket

import (
	"strconv"
	"strings"

	"tracrpc/publish"
)

// Enum is a value that a field of tickets can have: a type, a priority, a
// severity or a resolution. Value is its place among them, a number as a rule.
type Enum struct {
	Field       string `json:"type"`
	Name        string `json:"name"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// enums is the kind of list that the values of a field are. The label is what
// faults call one of them.
func enums(field, label string) kind[Enum] {
	return kind[Enum]{
		realm: publish.Enum,
		words: words{
			missing:      label + " %s does not exist.",
			missingTitle: "Trac Error",
			taken:        label + ` value "%s" already exists`,
			noName:       "Invalid " + label + " name.",
			noUpdate:     "Cannot update non-existent enum.",
			noDelete:     "Cannot delete non-existent " + label + ".",
		},
		id:       func(e Enum) string { return field + "/" + e.Name },
		name:     func(e *Enum) *string { return &e.Name },
		tidy:     func(e *Enum) { e.Field = field },
		choice:   func(e Enum) Choice { return Choice{Field: field, Name: e.Name, Rank: e.Place()} },
		adding:   placeLast,
		removing: closeGap,
	}
}

// Place is the number that the value begins with, by which enums are sorted; 0
// when it begins with none.
func (e Enum) Place() int64 {
	text := strings.TrimSpace(e.Value)
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 {
		return 0
	}
	end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || '9' < r })
	if end >= 0 {
		text = text[:len(text)-len(digits)+end]
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return max(n, 0) // beyond the largest number, or none at all
	}
	return n
}

// placeLast gives an enum without a value the next one.
func placeLast(list []Enum, item *Enum) {
	if item.Value != "" {
		return
	}
	last := int64(0)
	for i, e := range list {
		if place := e.Place(); i == 0 || place > last {
			last = place
		}
	}
	item.Value = strconv.FormatInt(last+1, 10)
}

// closeGap moves those up that come after an enum that goes, unless another has
// its place too.
func closeGap(list []Enum, gone Enum) []ListChange[Enum] {
	place, ok := pythonInt(gone.Value)
	if !ok {
		return nil
	}
	var moved []ListChange[Enum]
	for _, e := range list {
		if e.Value == gone.Value && e.Name != gone.Name {
			return nil
		}
		if at, ok := pythonInt(e.Value); ok && at > place {
			e.Value = strconv.Itoa(at - 1)
			moved = append(moved, ListChange[Enum]{e.Name, e})
		}
	}
	return moved
}
