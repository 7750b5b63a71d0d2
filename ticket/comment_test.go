package ticket_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/fault"
	"tracrpc/ticket"
)

func TestReply(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	user := h.user("user", "TICKET_VIEW", "TICKET_APPEND")
	if err := h.update(h.admin(), id, "first\r\nlines"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Reply(t.Context(), user, id, 1, "yes", false); n != 2 || err != nil {
		t.Errorf("Reply = %d, %v, want 2", n, err)
	}
	if n, err := h.Reply(t.Context(), user, id, 2, "no", true); n != 3 || err != nil {
		t.Errorf("Reply with quote = %d, %v, want 3", n, err)
	}
	wantLines(t, "log", h.log(id), "admin|comment|1|first\r\nlines", "user|comment|1.2|yes",
		"user|comment|2.3|Replying to [comment:2 user]:\n> yes\n\nno")
	_, err := h.Reply(t.Context(), user, id, 9, "yes", false)
	wantFault(t, err, fault.NotFound, "Comment 9 of ticket 1 does not exist.")
	_, err = h.Reply(t.Context(), user, id, 1, " ", false)
	wantFault(t, err, fault.Invalid, "A reply must have a text.")
	_, err = h.Reply(t.Context(), h.user("viewer", "TICKET_VIEW"), id, 1, "x", false)
	wantFault(t, err, fault.Forbidden, "TICKET_APPEND privileges are required to perform this operation on Ticket #1. You don't have the required permissions.")
}

func TestEditComment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	ann, bob := h.user("ann", "TICKET_VIEW", "TICKET_MODIFY"), h.user("bob", "TICKET_VIEW", "TICKET_MODIFY")
	if err := h.update(ann, id, "frist"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, h.EditComment(t.Context(), bob, id, 1, "x"), fault.Forbidden,
		"TICKET_EDIT_COMMENT privileges are required to perform this operation on Ticket #1. You don't have the required permissions.")
	wantFault(t, h.EditComment(t.Context(), ann, id, 1, strings.Repeat("x", 101)), fault.Invalid,
		"The ticket comment is invalid: Must be less than or equal to 100 characters")
	for _, text := range []string{"first", "first", "the first"} {
		if err := h.EditComment(t.Context(), ann, id, 1, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.EditComment(t.Context(), h.admin(), id, 1, ""); err != nil {
		t.Fatal(err)
	}
	revisions, err := h.CommentHistory(t.Context(), bob, id, 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range revisions {
		got = append(got, r.Author+"|"+r.Text)
	}
	wantLines(t, "history", got, "ann|frist", "ann|first", "ann|the first", "admin|")
	before, _ := h.Get(t.Context(), h.admin(), id)
	if last := revisions[len(revisions)-1].Time; before.Changetime != last {
		t.Errorf("ticket changed at %d, comment at %d", before.Changetime, last)
	}
}

func TestDeleteComment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	if err := h.update(h.admin(), id, "with a change", ticket.NamedValue{Name: "keywords", Value: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := h.update(h.admin(), id, "alone"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, h.DeleteComment(t.Context(), h.user("u", "TICKET_VIEW", "TICKET_MODIFY"), id, 2, false), fault.Forbidden,
		"TICKET_ADMIN privileges are required to perform this operation on Ticket #1. You don't have the required permissions.")
	wantFault(t, h.DeleteComment(t.Context(), h.admin(), id, 1, false), fault.Invalid,
		"Comment 1 came with changes of keywords, which deleting it takes back; that takes force.")
	if err := h.DeleteComment(t.Context(), h.admin(), id, 2, false); err != nil {
		t.Error(err)
	}
	if err := h.DeleteComment(t.Context(), h.admin(), id, 1, true); err != nil {
		t.Error(err)
	}
	wantLines(t, "log", h.log(id))
	if got, _ := h.Get(t.Context(), h.admin(), id); got.Keywords != "" {
		t.Errorf("keywords %q, want those from before", got.Keywords)
	}
}

// Saves in one microsecond have different times, so that their tokens differ and
// none overwrites the other.
func TestSavesInOneMicrosecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	moment := time.Date(2024, time.May, 6, 7, 8, 9, 1000, time.UTC)
	h.SetNow(func() time.Time { return moment })
	id := h.create()
	times := []int64{moment.UnixMicro()}
	for range 3 {
		got, err := h.Update(t.Context(), h.admin(), id, ticket.Update{Comment: "c"})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(times, got.Changetime) {
			t.Errorf("changed at %d once more", got.Changetime)
		}
		times = append(times, got.Changetime)
	}
	stale := ticket.NamedValue{Name: "_ts", Value: "1714979289000001"}
	wantFault(t, h.update(h.admin(), id, "c", stale), fault.Invalid, "Ticket has been updated since last get().")
}

// However many change a ticket at once, no change is lost and none is made on
// what the caller did not see.
func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	const writers = 10
	failed := make(chan error, writers)
	for range writers {
		// Ends when its change is made; waited for below.
		go func() {
			failed <- h.update(h.admin(), id, "c", ticket.NamedValue{Name: "action", Value: "leave"})
		}()
	}
	saved := 0
	for range writers {
		if err := <-failed; err == nil {
			saved++
		} else {
			t.Error(err)
		}
	}
	if got := h.log(id); len(got) != saved || got[saved-1] != "admin|comment|10|c" {
		t.Errorf("log = %q", got)
	}
}

func BenchmarkGet(b *testing.B) {
	for _, bench := range []struct {
		name   string
		config ticket.Config
	}{{"plain", limits}, {"custom", ticket.Config{Custom: custom, MaxComment: 100}}} {
		b.Run(bench.name, func(b *testing.B) {
			h := newHouse(b, bench.config)
			id := h.create()
			admin := h.admin()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Get(b.Context(), admin, id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGetMany(b *testing.B) {
	h := newHouse(b, limits)
	var ids []int
	for range 100 {
		ids = append(ids, h.create())
	}
	admin := h.admin()
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range h.GetMany(b.Context(), admin, ids) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(100*b.N), "ns/ticket")
}
