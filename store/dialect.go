package store

import (
	"context"
	"fmt"
	"strings"
)

// dialect is what differs between databases.
type dialect struct {
	name         string
	open         func(ctx context.Context, d dialect, source string) (*DB, error)
	create       func(ctx context.Context, source string) (discard func() error, err error) // an empty database
	hasTable     string                                                                     // counts the tables named ?1
	hasIndex     string                                                                     // counts the indexes named ?1
	placeholders func(text string) string                                                   // from ?1, ?2 to the database's own
	inList       string                                                                     // the subquery that a JSON array in ?1 stands for: IN (inList)
	begin        string                                                                     // takes the write lock
	busy         func(error) bool                                                           // another program held a lock
	fatal        func(error) bool                                                           // the transaction is gone
	jsonObject   string                                                                     // the aggregate that makes a JSON object of names and values
	like         string                                                                     // the operator that ignores case
	now          string                                                                     // the time in microseconds by the database's clock
	commentRank  string                                                                     // the number in the oldvalue of a comment row, see NextNumber
	walks        bool                                                                       // a statement may name the index to walk, see walk
	trigrams     bool                                                                       // there is a search index beside the database, see KeepIndex
	toInt        func(column string) string                                                 // the number that a text begins with
	joinIDs      func(column string) string                                                 // the numbers or lists of a group, with commas between them
}

// dialectFor finds the dialect of a database URL by its scheme.
func dialectFor(url string) (dialect, string, error) {
	scheme, source, found := strings.Cut(url, ":")
	if !found || scheme != "sqlite" {
		return dialect{}, "", fmt.Errorf("database %q: only sqlite:PATH is served", scheme)
	}
	return sqliteDialect, source, nil
}
