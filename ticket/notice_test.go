package ticket_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/ticket"
)

// notes keeps the notices that it is given.
type notes []ticket.Notice

func (n *notes) Notify(notice ticket.Notice) { *n = append(*n, notice) }

// taken is the only notice since the last time; nil for none.
func (n *notes) taken(t *testing.T) *ticket.Notice {
	t.Helper()
	defer func() { *n = nil }()
	if len(*n) > 1 {
		t.Errorf("%d notices, want one", len(*n))
	}
	if len(*n) == 0 {
		return nil
	}
	return &(*n)[0]
}

func newNotifyingHouse(t *testing.T) (*house, *notes) {
	config, told := limits, &notes{}
	config.Notifier = told
	config.Custom = []ticket.Field{{Name: "note", Type: "text", Custom: true, Value: "none"}}
	return newHouse(t, config), told
}

func TestNoticeOfNewTicket(t *testing.T) {
	t.Parallel()
	h, told := newNotifyingHouse(t)
	draft := ticket.Draft{Summary: "s", Attributes: ticket.Values{{Name: "reporter", Value: "joe"}}, BaseURL: "http://here/env"}
	if _, err := h.Create(t.Context(), h.admin(), draft); err != nil {
		t.Fatal(err)
	}
	if n := told.taken(t); n != nil {
		t.Errorf("a notice that nobody asked for: %+v", n)
	}
	draft.Notify = true
	id, err := h.Create(t.Context(), h.admin(), draft)
	if err != nil {
		t.Fatal(err)
	}
	n := told.taken(t)
	if n == nil {
		t.Fatal("no notice")
	}
	if n.Ticket.ID != id || n.Ticket.Reporter != "joe" || n.Ticket.Custom["note"] != "none" || n.Author != "admin" ||
		n.Change != nil || n.BaseURL != draft.BaseURL || n.Fields.Field("note") == nil {
		t.Errorf("notice %+v of %+v", n, n.Ticket)
	}
	draft.Summary = ""
	if _, err := h.Create(t.Context(), h.admin(), draft); err == nil || told.taken(t) != nil {
		t.Errorf("Create = %v, want a fault and no notice", err)
	}
}

func TestNoticeOfChange(t *testing.T) {
	t.Parallel()
	h, told := newNotifyingHouse(t)
	id := h.create()
	when := time.UnixMicro(1_600_000_000_123_456).UTC()
	u := ticket.Update{
		Comment: "why", When: when, Author: "joe", Notify: true, BaseURL: "http://here",
		Attributes: ticket.Values{{Name: "owner", Value: "ann"}, {Name: "note", Value: "new"}},
	}
	if _, err := h.Update(t.Context(), h.admin(), id, u); err != nil {
		t.Fatal(err)
	}
	n := told.taken(t)
	if n == nil || n.Change == nil {
		t.Fatalf("notice %+v, want one of a change", n)
	}
	want := []ticket.FieldChange{{Name: "owner", Old: "< default >", New: "ann"}, {Name: "note", Old: "none", New: "new"}}
	if d := cmp.Diff(want, n.Changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	c := n.Change
	if c.Time != when.UnixMicro() || c.Number != 1 || c.Comment != "why" || n.Author != "joe" || n.BaseURL != u.BaseURL ||
		n.Ticket.Owner != "ann" || n.Ticket.Changetime != c.Time {
		t.Errorf("notice %+v of change %+v", n, c)
	}
	u.Comment, u.When = "", nil
	if _, err := h.Update(t.Context(), h.admin(), id, u); err != nil {
		t.Fatal(err)
	}
	if n := told.taken(t); n != nil {
		t.Errorf("a notice of no change: %+v", n)
	}
}
