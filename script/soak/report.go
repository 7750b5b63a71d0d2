package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tracrpc/publish"
)

// result is what is wrong with what a subscriber heard. All but duplicates must
// be 0, of which a kill may leave some.
type result struct {
	events, invented, disordered, duplicates int
	lost                                     int // not heard yet
}

// compare compares what was heard with the log: each event of a ticket must be
// there, and an event that comes for the first time must come behind those
// before it.
func compare(log []entry, heard []int64) result {
	realms, seen := map[int64]string{}, map[int64]bool{}
	var r result
	for _, e := range log {
		realms[e.Seq] = e.Realm
		if e.Realm == publish.Ticket {
			r.lost++
		}
	}
	last := int64(0)
	for _, seq := range heard {
		switch {
		case realms[seq] == "":
			r.invented++
		case realms[seq] != publish.Ticket: // not every bus has them
		case seen[seq]:
			r.duplicates++
		default:
			r.events++
			r.lost--
			if seq < last {
				r.disordered++
			}
			last = max(last, seq)
		}
		seen[seq] = true
	}
	return r
}

// report waits until the buses have the last event, and prints what they heard.
func report(ctx context.Context, log []entry, answered []string, buses []bus) error {
	wrong := checkLog(log, answered)
	newest := log[len(log)-1].Seq
	for _, b := range buses {
		late := await(ctx, b.name()+" has the last event", func() bool { return slices.Contains(b.heard(), newest) })
		r := compare(log, b.heard())
		fmt.Printf("%-14s %d events, %d lost, %d invented, %d out of order, %d twice\n",
			b.name(), r.events, r.lost, r.invented, r.disordered, r.duplicates)
		if r.lost+r.invented+r.disordered > 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s is wrong", b.name()))
		}
		wrong = errors.Join(wrong, late)
	}
	if wrong == nil {
		fmt.Println("soak: nothing lost")
	}
	return wrong
}

// checkLog finds gaps in the log, and tickets that have fewer events than were
// answered.
func checkLog(log []entry, answered []string) error {
	if len(log) == 0 {
		return errors.New("there are no events")
	}
	events := map[string]int{}
	for i, e := range log {
		if e.Seq != log[0].Seq+int64(i) {
			return fmt.Errorf("the log has a gap before %d", e.Seq)
		}
		events[e.ID]++
	}
	for _, ticket := range answered {
		if events[ticket]--; events[ticket] < 0 {
			return fmt.Errorf("ticket %s has changes that were answered and are no events", ticket)
		}
	}
	return nil
}
