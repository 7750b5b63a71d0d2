package main

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"tracrpc/store"
	"tracrpc/ticket"
)

// generated makes tickets with the ids 1, 2, 3, … that were made a minute after
// one another, two in three of them open.
func generated(tickets int, seed uint64) iter.Seq[store.Loaded] {
	return func(yield func(store.Loaded) bool) {
		random := rand.New(rand.NewPCG(seed, 42))
		start := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
		for id := 1; id <= tickets; id++ {
			if !yield(one(random, id, start.Add(time.Duration(id)*time.Minute))) {
				return
			}
		}
	}
}

func one(random *rand.Rand, id int, made time.Time) store.Loaded {
	const comments = 3
	l := store.Loaded{Ticket: &ticket.Ticket{
		ID: id, Time: made.UnixMicro(), Changetime: made.Add(comments * 10 * time.Second).UnixMicro(),
		Type: "defect", Component: fmt.Sprint("component", id%2+1), Version: "1.0", Milestone: fmt.Sprint("milestone", id%4+1),
		Priority: []string{"blocker", "critical", "major", "minor", "trivial"}[id%5],
		Status:   []string{"new", "assigned", "closed"}[id%3],
		Owner:    name(random), Reporter: name(random), CC: "joe, jane",
		Summary: words(random, 8), Description: words(random, 120), Keywords: words(random, 2),
	}}
	for n := 1; n <= comments; n++ {
		at := made.Add(time.Duration(n) * 10 * time.Second)
		l.Comments = append(l.Comments, ticket.Change{Time: at.UnixMicro(), Author: name(random), Number: n, Comment: words(random, 40)})
	}
	return l
}

var vocabulary = strings.Fields(`door window squeaks opens closes when the a of <b>bold</b> & "quoted" it's é日本 server answers
	slowly or not at all error 500 after update to version see ticket again`)

// words are n words, some of which need escapes, in lines as a web form sends them.
func words(random *rand.Rand, n int) string {
	var text strings.Builder
	for i := range n {
		switch {
		case i%10 == 9:
			text.WriteString("\r\n")
		case i > 0:
			text.WriteByte(' ')
		}
		text.WriteString(vocabulary[random.IntN(len(vocabulary))])
	}
	return text.String()
}

func name(random *rand.Rand) string { return fmt.Sprint("user", random.IntN(50)) }
