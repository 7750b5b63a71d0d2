package ticket

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"tracrpc/fault"
)

// Values are what a caller wants a ticket's fields to be, and what else came with
// them, in the order they were sent. A value is nil, a string or a time.Time;
// fields refuse any other, while names that stand for no field may have one.
type Values []NamedValue

// NamedValue is one of Values.
type NamedValue struct {
	Name  string
	Value any
}

// Get finds a value by name; the last one counts where there are two.
func (v Values) Get(name string) (any, bool) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].Name == name {
			return v[i].Value, true
		}
	}
	return nil, false
}

// assign gives a field of t a value, with spaces around it taken off unless the
// field has lines (ticket/model.py, Ticket.__setitem__). f is nil for a name that
// stands for no field: it only checks the value then.
func assign(t *Ticket, f *Field, name string, value any) error {
	if f != nil && f.Type == "time" {
		return assignTime(t, f, value)
	}
	text, err := fieldText(f, name, value)
	if err != nil {
		return err
	}
	if f != nil {
		t.Set(name, text)
	}
	return nil
}

// fieldText is a value as text. Fields with lines take numbers too.
func fieldText(f *Field, name string, value any) (string, error) {
	lines := f != nil && f.Type == "textarea"
	if empty(value) {
		return "", nil
	}
	switch v := value.(type) {
	case string:
		if lines {
			return v, nil
		}
		return strip(v), nil
	case []any:
		return "", fault.New(fault.Invalid, "Multi-values fields not supported yet")
	case int:
		if lines {
			return strconv.Itoa(v), nil
		}
	case float64:
		if lines {
			return strconv.FormatFloat(v, 'g', -1, 64), nil
		}
	case bool:
		if lines {
			return "1", nil
		}
	}
	return "", fault.New(fault.BadCall, "the value of '%s' must be a string", name)
}

// assignTime sets a custom field of type time. The standard times are set by
// nobody.
func assignTime(t *Ticket, f *Field, value any) error {
	if !f.Custom {
		return nil
	}
	if empty(value) {
		t.Set(f.Name, "")
		return nil
	}
	when, ok := value.(time.Time)
	if !ok {
		return fault.New(fault.BadCall, "the value of '%s' must be a DateTime", f.Name)
	}
	t.Set(f.Name, FormatTime(when.UnixMicro()))
	return nil
}

// strip takes off what Python's str.strip takes off.
func strip(text string) string { return strings.TrimFunc(text, isSpace) }

func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// blank tells whether a comment has nothing to show.
func blank(comment string) bool {
	return strings.TrimFunc(comment, func(r rune) bool { return isSpace(r) || r == 0x200b }) == ""
}

// tidyCC puts a list of mail addresses into Trac's form, "a, b", each address
// once.
func tidyCC(list string) string {
	seen := map[string]bool{}
	var kept []string
	for _, item := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' || isSpace(r) }) {
		if !seen[item] {
			seen[item] = true
			kept = append(kept, item)
		}
	}
	return strings.Join(kept, ", ")
}
