package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seed fills an environment's database with tickets that have three comments
// each, in one transaction. It goes around the store, which would write events
// and take a transaction a ticket.
func seed(tb testing.TB, dir string, tickets int) {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "db", "trac.db"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		tb.Fatal(err)
	}
	seedTickets(tb, tx, tickets)
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
	if _, err := db.Exec("ANALYZE"); err != nil {
		tb.Fatal(err)
	}
}

func seedTickets(tb testing.TB, tx *sql.Tx, tickets int) {
	tb.Helper()
	ticket, err := tx.Prepare(`
		INSERT INTO ticket (id, type, time, changetime, component, severity, priority, owner, reporter, cc, version, milestone,
		    status, resolution, summary, description, keywords)
		VALUES (?1, 'defect', ?2, ?3, ?4, '', ?5, ?6, ?7, 'joe, jane', '1.0', ?8, ?9, '', ?10, ?11, ?12)`)
	if err != nil {
		tb.Fatal(err)
	}
	comment, err := tx.Prepare(`
		INSERT INTO ticket_change (ticket, time, author, field, oldvalue, newvalue)
		VALUES (?1, ?2, ?3, 'comment', ?4, ?5)`)
	if err != nil {
		tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(42, 42))
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for id := 1; id <= tickets; id++ {
		at := start.Add(time.Duration(id) * time.Minute)
		_, err := ticket.Exec(id, at.UnixMicro(), at.Add(30*time.Second).UnixMicro(), fmt.Sprint("component", id%2+1),
			[]string{"blocker", "critical", "major", "minor", "trivial"}[id%5], name(random), name(random),
			fmt.Sprint("milestone", id%4+1), []string{"new", "assigned", "closed"}[id%3], words(random, 8), words(random, 120), words(random, 2))
		for n := 1; n <= 3 && err == nil; n++ {
			at = at.Add(10 * time.Second)
			_, err = comment.Exec(id, at.UnixMicro(), name(random), fmt.Sprint(n), words(random, 40))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

var vocabulary = strings.Fields(`door window squeaks opens closes when the a of <b>bold</b> & "quoted" it's é日本 server answers
	slowly or not at all error 500 after update to version see ticket again`)

// words are n words, some of which need escapes, in lines as a web form sends them.
func words(random *rand.Rand, n int) string {
	var text strings.Builder
	for i := range n {
		if i > 0 {
			text.WriteString([]string{" ", " ", " ", " ", " ", " ", " ", " ", " ", "\r\n"}[i%10])
		}
		text.WriteString(vocabulary[random.IntN(len(vocabulary))])
	}
	return text.String()
}

func name(random *rand.Rand) string { return fmt.Sprint("user", random.IntN(50)) }
