package ticket

import (
	"slices"
	"strconv"
	"strings"

	"tracrpc/publish"
)

// Change is one save of a ticket: who, when and why. What it changes is told by
// the ticket before and after.
type Change struct {
	// Time is in microseconds since 1970 UTC. When Exact is false the store may
	// move it on by as little as it takes to make it a time of its own.
	Time  int64
	Exact bool

	Author  string
	Comment string
	ReplyTo string // the number of the comment that this one answers; "" for none

	// Unlogged names custom fields that are stored without a row in the change
	// log: the ticket is older than the field, and gets its default.
	Unlogged []string

	// Number is the comment's number; the store sets it.
	Number int
}

// Oldvalue is what Trac keeps in a comment row's oldvalue: the comment's number,
// after that of the one it answers.
func (c *Change) Oldvalue() string {
	if c.ReplyTo == "" {
		return strconv.Itoa(c.Number)
	}
	return c.ReplyTo + "." + strconv.Itoa(c.Number)
}

// isUnlogged tells whether a field is stored without a row in the change log.
func (c *Change) isUnlogged(field string) bool { return slices.Contains(c.Unlogged, field) }

// FieldChange is a field before and after a change.
type FieldChange = publish.FieldChange

// Diff lists the fields that differ between two states of a ticket: the standard
// ones in Trac's order, then the custom ones by name. A custom field that was set
// for the first time differs, even when it was set to nothing.
func Diff(before, after *Ticket) []FieldChange {
	var changes []FieldChange
	for _, name := range standard {
		if old, now := *before.at(name), *after.at(name); old != now {
			changes = append(changes, FieldChange{Name: name, Old: old, New: now})
		}
	}
	customAt := len(changes)
	for name, now := range after.Custom {
		if old, set := before.Custom[name]; !set || old != now {
			changes = append(changes, FieldChange{Name: name, Old: old, New: now})
		}
	}
	slices.SortFunc(changes[customAt:], func(a, b FieldChange) int { return strings.Compare(a.Name, b.Name) })
	return changes
}

// LogRow is one row of a ticket's change log. Rows that are not Permanent are its
// attachments, which can still be deleted.
type LogRow struct {
	Ticket    int
	Time      int64
	Author    string
	Field     string
	Old       string
	New       string
	Permanent bool

	Attachment string // the name of the attachment that a row is of; "" when Permanent
}

// NextNumber is the number of the next comment of a ticket, given the highest
// number that one has, and the oldvalue of the comment of each of its latest
// changes, the last one first, "" where a change has none (old Tracs kept no
// number). What is before one that has a number is not looked at. It counts as
// Trac does (ticket/model.py, save_changes), but never gives a number twice.
func NextNumber(highest int, latest []string) int {
	last := 0
	for _, old := range latest {
		if n, ok := CommentNumber(old); ok {
			last += n
			break
		}
		last++
	}
	return max(highest, last) + 1
}

// MaxNumber bounds the numbers of comments.
const MaxNumber = 1 << 40

// CommentNumber reads the number from a comment row's oldvalue: 3 from "3" and
// from "1.3".
func CommentNumber(oldvalue string) (int, bool) {
	digits := oldvalue[strings.LastIndexByte(oldvalue, '.')+1:]
	n := 0
	for i := range len(digits) {
		d := digits[i]
		if d < '0' || d > '9' || n > MaxNumber {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return n, digits != ""
}
