package store

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// benchQueries are queries as clients send them, and one of five clauses.
var benchQueries = []struct{ name, text string }{
	{"page", "status!=closed"},
	{"open", "status!=closed&max=0"},
	{"all", "max=0&order=id"},
	{"mine", "status!=closed&owner=$USER"},
	{"milestone", "milestone=milestone1&order=changetime&desc=1&max=0"},
	{"words", "keywords~=cache&status!=closed"},
	{"since", "modified=2024-01-01..&order=id&max=0"},
	{"ids", "id=1-50,700,900&order=id"},
	{"text", "description~=nowhere"},
	{"five", "status=new&type=defect&or&owner=$USER&milestone=milestone1&or&status!=closed&component=component1&summary~=crash" +
		"&or&priority=blocker&keywords~=menu&or&version=1.0&cc~=joe"},
}

func BenchmarkQuery(b *testing.B) {
	for _, size := range []int{14000, 100000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			tickets := newLargeDB(b, size).Tickets(true)
			for _, c := range benchQueries {
				b.Run(c.name, func(b *testing.B) {
					q, err := parseQuery(c.text)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportAllocs()
					for b.Loop() {
						if _, err := tickets.Query(b.Context(), q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// newLargeDB has as many tickets as said, three in ten of them open, with
// descriptions of 600 characters or so.
func newLargeDB(t testing.TB, size int) *DB {
	t.Helper()
	db := newTestDB(t)
	r := rand.New(rand.NewSource(1))
	pick := func(from string) string {
		words := strings.Split(from, " ")
		return words[r.Intn(len(words))]
	}
	words := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = pick("login crash printer slow menu page export import user database timeout render button wiki cache ticket")
		}
		return strings.Join(list, " ")
	}
	err := db.write(t.Context(), func(x *tx) error {
		for id := 1; id <= size; id++ {
			created := int64(1.4e15 + 3.2e14*float64(id)/float64(size))
			_, err := x.exec(t.Context(), `
				INSERT INTO ticket (id, type, time, changetime, component, priority, owner, reporter, cc,
				                    version, milestone, status, summary, description, keywords)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
				id, pick("defect defect enhancement task"), created, created+r.Int63n(1e14), pick("component1 component2"),
				pick("blocker critical major major major major minor minor trivial"), pick("anna ben carl joe"), words(1),
				pick(" joe ben"), pick(" 1.0 2.0"), pick(" milestone1 milestone2 milestone3"),
				pick("closed closed closed closed closed closed closed new assigned accepted"), words(6), words(30+r.Intn(120)), words(2))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
