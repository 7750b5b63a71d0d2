package ticket

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fieldset is the fields that tickets have at one time, in Trac's order. It is
// never changed, and may be shared.
type Fieldset struct {
	Generation int64
	Fields     []Field

	byName map[string]*Field
	custom []*Field
}

// Field finds a field by name; nil when tickets have no such field.
func (s *Fieldset) Field(name string) *Field { return s.byName[name] }

// Options are what a field offers; nil when there is no such field.
func (s *Fieldset) Options(name string) []string {
	if f := s.byName[name]; f != nil {
		return f.Options
	}
	return nil
}

// Fields are the fields that tickets have now.
func (s *Service) Fields(ctx context.Context) (*Fieldset, error) {
	generation, err := s.store.Generation(ctx)
	if err != nil {
		return nil, err
	}
	return s.fieldset(ctx, generation)
}

// FieldsOf are the fields that t had when it was read.
func (s *Service) FieldsOf(ctx context.Context, t *Ticket) (*Fieldset, error) {
	return s.fieldset(ctx, t.Generation)
}

// fieldset is the set of a generation, or of a newer one. It reads the database
// only when that has moved on since the last time.
func (s *Service) fieldset(ctx context.Context, generation int64) (*Fieldset, error) {
	if known := s.known.Load(); known != nil && known.Generation == generation {
		return known, nil
	}
	choices, generation, err := s.store.Choices(ctx)
	if err != nil {
		return nil, err
	}
	fresh := newFieldset(&s.config, choices, generation)
	s.known.Store(fresh)
	return fresh, nil
}

// IsTime tells whether the values of a field are times.
func (s *Service) IsTime(field string) bool {
	for i := range s.config.Custom {
		if f := &s.config.Custom[i]; f.Name == field {
			return f.Type == "time"
		}
	}
	return field == "time" || field == "changetime"
}

// selects are the standard fields with a fixed set of values. Without any value,
// tickets do not have the field.
var selects = []struct{ name, label string }{
	{"type", "Type"}, {"status", "Status"}, {"priority", "Priority"}, {"milestone", "Milestone"},
	{"component", "Component"}, {"version", "Version"}, {"severity", "Severity"}, {"resolution", "Resolution"},
}

func newFieldset(c *Config, choices []Choice, generation int64) *Fieldset {
	s := &Fieldset{Generation: generation, Fields: []Field{
		{Name: "summary", Type: "text", Label: "Summary"},
		{Name: "reporter", Type: "text", Label: "Reporter"},
		{Name: "owner", Type: "text", Label: "Owner"},
		{Name: "description", Type: "textarea", Label: "Description", Format: "wiki"},
	}}
	options := groupChoices(choices)
	options["status"] = c.Workflow.Statuses()
	for _, sel := range selects {
		if len(options[sel.name]) == 0 {
			continue
		}
		f := Field{Name: sel.name, Type: "select", Label: sel.label, Value: c.Defaults[sel.name], Options: options[sel.name]}
		f.Optional = slices.Contains(c.AllowedEmpty, sel.name)
		if sel.name == "status" || sel.name == "resolution" {
			f.Type, f.Optional = "radio", true
		}
		s.Fields = append(s.Fields, f)
	}
	s.Fields = append(s.Fields,
		Field{Name: "keywords", Type: "text", Label: "Keywords", Format: "list"},
		Field{Name: "cc", Type: "text", Label: "Cc", Format: "list"},
		Field{Name: "time", Type: "time", Label: "Created", Format: "relative"},
		Field{Name: "changetime", Type: "time", Label: "Modified", Format: "relative"})
	s.Fields = append(s.Fields, c.Custom...)
	s.byName = make(map[string]*Field, len(s.Fields))
	for i := range s.Fields {
		f := &s.Fields[i]
		s.byName[f.Name] = f
		if f.Custom {
			s.custom = append(s.custom, f)
		}
	}
	return s
}

// groupChoices puts choices into the order in which Trac offers them, by field.
func groupChoices(choices []Choice) map[string][]string {
	slices.SortStableFunc(choices, compareChoices)
	options := map[string][]string{}
	for _, c := range choices {
		options[c.Field] = append(options[c.Field], c.Name)
	}
	return options
}

// compareChoices compares two choices of one field as the select methods of
// ticket/model.py order them; choices of different fields in any way.
func compareChoices(a, b Choice) int {
	if a.Field != b.Field {
		return strings.Compare(a.Field, b.Field)
	}
	switch a.Field {
	case "component":
		return strings.Compare(a.Name, b.Name)
	case "milestone":
		return cmp.Or(cmp.Compare(orLast(a.Completed), orLast(b.Completed)),
			cmp.Compare(orLast(a.Due), orLast(b.Due)), compareNatural(a.Name, b.Name), strings.Compare(a.Name, b.Name))
	case "version":
		return cmp.Or(cmp.Compare(orLast(b.Time), orLast(a.Time)), compareNatural(b.Name, a.Name),
			strings.Compare(b.Name, a.Name))
	default:
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Name, b.Name))
	}
}

// orLast puts a time that is not set after all others.
func orLast(t int64) int64 {
	if t == 0 {
		return math.MaxInt64
	}
	return t
}

// initial is the value that a custom field has in tickets that do not say
// otherwise (ticket/model.py, _custom_field_default); "" for none. The default of
// a field with options may be an option's place instead of its text.
func (f *Field) initial(now time.Time) string {
	value := f.Value
	if value == "" {
		return ""
	}
	if len(f.Options) > 0 && !slices.Contains(f.Options, value) {
		if i, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && -len(f.Options) <= i && i < len(f.Options) {
			value = f.Options[(i+len(f.Options))%len(f.Options)]
		}
	}
	if f.Type == "time" {
		when, ok := parseDate(value, now)
		if !ok {
			return ""
		}
		return FormatTime(when.UnixMicro())
	}
	return value
}

// FormatTime is a time as custom fields keep it: 18 digits of microseconds, which
// sort as text.
func FormatTime(microseconds int64) string {
	digits := strconv.FormatInt(max(microseconds, -microseconds), 10)
	if microseconds < 0 {
		return "-" + strings.Repeat("0", max(0, 16-len(digits))) + digits
	}
	return strings.Repeat("0", max(0, 18-len(digits))) + digits
}

// isFormatted tells whether a text is what FormatTime makes.
func isFormatted(text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && FormatTime(n) == text
}

// ReadTime reads a time of a custom field or of its change log; false when there
// is none. Old entries may hold a date as somebody wrote it.
func ReadTime(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	when, ok := parseDate(text, time.Time{})
	return when.UnixMicro(), ok
}
