package ticket_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/ticket"
)

func TestFormatTime(t *testing.T) {
	t.Parallel()
	for microseconds, want := range map[int64]string{
		0:                  "000000000000000000",
		1714979289000000:   "001714979289000000",
		-1:                 "-0000000000000001",
		-62135596800000000: "-62135596800000000",
	} {
		got := ticket.FormatTime(microseconds)
		if back, ok := ticket.ReadTime(got); got != want || back != microseconds || !ok {
			t.Errorf("FormatTime(%d) = %q, read as %d, %v; want %q", microseconds, got, back, ok, want)
		}
	}
	if got, ok := ticket.ReadTime(" 2024-05-06 "); !ok || got != 1714953600000000 {
		t.Errorf("ReadTime of a date = %d, %v", got, ok)
	}
	if _, ok := ticket.ReadTime(""); ok {
		t.Error("ReadTime of nothing found a time")
	}
}

func TestCompareNatural(t *testing.T) {
	t.Parallel()
	want := []string{"", "1", "2", "02b", "10", "m", "m1", "m1.2", "m1.10", "m9", "m10", "m10a", "m-1", "n"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, ticket.CompareNatural)
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
}

// choices is a Store of nothing but choices.
type choices struct {
	ticket.Store
	list       []ticket.Choice
	generation int64
	read       int
}

func (c *choices) Generation(context.Context) (int64, error) { return c.generation, nil }

func (c *choices) Choices(context.Context) ([]ticket.Choice, int64, error) {
	c.read++
	return c.list, c.generation, nil
}

func TestFieldsFollowTheirGeneration(t *testing.T) {
	t.Parallel()
	store := &choices{list: []ticket.Choice{{Field: "type", Name: "defect", Rank: 1}}, generation: 3}
	s := ticket.New(store, nobody{}, nobody{}, limits)
	for range 3 {
		fields, err := s.Fields(t.Context())
		if err != nil || !slices.Equal(fields.Options("type"), []string{"defect"}) {
			t.Fatalf("Fields = %v, %v", fields, err)
		}
	}
	store.list = []ticket.Choice{{Field: "type", Name: "task", Rank: 10}, {Field: "type", Name: "bug", Rank: 9}}
	store.generation++
	fields, err := s.FieldsOf(t.Context(), &ticket.Ticket{Generation: 4})
	if err != nil || !slices.Equal(fields.Options("type"), []string{"bug", "task"}) || store.read != 2 {
		t.Errorf("after a change: %v, %v, read %d times", fields.Options("type"), err, store.read)
	}
}

func TestFieldsAreInTracsOrder(t *testing.T) {
	t.Parallel()
	const day = 86400e6
	store := &choices{list: []ticket.Choice{
		{Field: "component", Name: "b"}, {Field: "component", Name: "B"}, {Field: "component", Name: "a10"}, {Field: "component", Name: "a9"},
		{Field: "milestone", Name: "m10"}, {Field: "milestone", Name: "m9"}, {Field: "milestone", Name: "due", Due: 5 * day},
		{Field: "milestone", Name: "done", Completed: 9 * day}, {Field: "milestone", Name: "done first", Completed: 8 * day, Due: 20 * day},
		{Field: "version", Name: "1.9"}, {Field: "version", Name: "1.10"}, {Field: "version", Name: "old", Time: day}, {Field: "version", Name: "newer", Time: 2 * day},
		{Field: "priority", Name: "z", Rank: 1}, {Field: "priority", Name: "y", Rank: 2},
	}}
	config := limits
	config.Custom = []ticket.Field{{Name: "note", Type: "text", Custom: true}}
	fields, err := ticket.New(store, nobody{}, nobody{}, config).Fields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range fields.Fields {
		names = append(names, f.Name)
	}
	want := []string{"summary", "reporter", "owner", "description", "status", "priority", "milestone", "component", "version",
		"keywords", "cc", "time", "changetime", "note"}
	if !cmp.Equal(names, want) {
		t.Error(cmp.Diff(names, want))
	}
	for name, want := range map[string][]string{
		"component": {"B", "a10", "a9", "b"}, "milestone": {"done first", "done", "due", "m9", "m10"},
		"version": {"1.10", "1.9", "newer", "old"}, "priority": {"z", "y"}, "nosuch": nil,
	} {
		if got := fields.Options(name); !slices.Equal(got, want) {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

var custom = []ticket.Field{
	{Name: "note", Type: "text", Value: "none yet", Custom: true, MaxSize: 10, Label: "A note"},
	{Name: "risk", Type: "radio", Value: "1", Options: []string{"low", "high"}, Custom: true},
	{Name: "begun", Type: "time", Value: "2020-02-03T04:05:06Z", Custom: true, Format: "date", Label: "Begun"},
	{Name: "tags", Type: "text", Custom: true},
}

func customHouse(t *testing.T) *house {
	config := limits
	config.Custom = custom
	return newHouse(t, config)
}

func TestCustomFieldsBeginWithTheirDefaults(t *testing.T) {
	t.Parallel()
	h := customHouse(t)
	id := h.create(ticket.NamedValue{Name: "begun", Value: time.Unix(5, 0)}, ticket.NamedValue{Name: "note", Value: false})
	got, err := h.Get(t.Context(), h.admin(), id)
	want := map[string]string{"note": "", "risk": "high", "begun": "000000000005000000"}
	if err != nil || !cmp.Equal(got.Custom, want) {
		t.Errorf("Custom: %v, %s", err, cmp.Diff(got.Custom, want))
	}
}

// A ticket that is older than a field has its default, which is stored with the
// next change and is none itself.
func TestTicketsOlderThanTheirFields(t *testing.T) {
	t.Parallel()
	plain := newHouse(t, limits)
	id := plain.create()
	config := limits
	config.Custom = custom
	h := &house{ticket.New(plain.db.Tickets(true), nobody{}, nobody{}, config), t, plain.db}
	if err := h.update(h.admin(), id, ""); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "log before", h.log(id))
	if err := h.update(h.admin(), id, "c", ticket.NamedValue{Name: "risk", Value: "low"}, ticket.NamedValue{Name: "note", Value: "none yet"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "log", h.log(id), "admin|comment|1|c", "admin|risk||low")
	got, err := h.db.Tickets(true).Get(t.Context(), id)
	want := map[string]string{"note": "none yet", "risk": "low", "begun": "001580702706000000"}
	if err != nil || !cmp.Equal(got.Custom, want) {
		t.Errorf("stored: %v, %s", err, cmp.Diff(got.Custom, want))
	}
}

func TestCustomFieldsAreChecked(t *testing.T) {
	t.Parallel()
	h := customHouse(t)
	id := h.create()
	leave := ticket.NamedValue{Name: "action", Value: "leave"}
	for _, c := range []struct{ name, value, want string }{
		{"note", "12345678901", "The ticket field <strong>A note</strong> is invalid: Must be less than or equal to 10 characters"},
		{"risk", "", "The ticket field <strong>risk</strong> is invalid: field cannot be empty"},
		{"begun", "no<sense", `The ticket field <strong>Begun</strong> is invalid: "no&lt;sense" is an invalid date, or the date format is not known. Try "YYYY-MM-DD" instead.`},
	} {
		err := h.update(h.admin(), id, "", leave, ticket.NamedValue{Name: c.name, Value: c.value})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s = %q: %v, want %s", c.name, c.value, err, c.want)
		}
	}
	if err := h.update(h.admin(), id, "", leave, ticket.NamedValue{Name: "begun", Value: "2024-05-06T00:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "log", h.log(id), "admin|begun|001580702706000000|001714953600000000", "admin|comment|1|")
}
