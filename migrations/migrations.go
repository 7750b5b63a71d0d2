// Package migrations holds the SQL that makes and changes databases: Trac's own
// schema, the data that a fresh environment begins with, and the numbered steps
// that add our own tables. It runs nothing; package store does.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed *.sql */*.sql
var files embed.FS

// Step is one change to our own tables. Steps are only ever added: one that has
// landed has run somewhere.
type Step struct {
	Number int
	Name   string
	SQL    string
}

// Schema is the text that makes Trac's tables in an empty database.
func Schema(dialect string) (string, error) { return text(dialect + "/trac45.sql") }

// Defaults is the text that fills a fresh Trac database. It is the same for
// every dialect.
func Defaults() (string, error) { return text("defaults.sql") }

// Steps are the changes for dialect in the order they are to be run: the files
// whose names begin with a number.
func Steps(dialect string) ([]Step, error) {
	entries, err := fs.ReadDir(files, dialect)
	if err != nil {
		return nil, fmt.Errorf("migrations for %s: %w", dialect, err)
	}
	var steps []Step
	for _, entry := range entries {
		number, name, found := strings.Cut(strings.TrimSuffix(entry.Name(), ".sql"), "_")
		n, err := strconv.Atoi(number)
		if !found || err != nil {
			continue // the schema, not a step
		}
		if n != len(steps)+1 {
			return nil, fmt.Errorf("migration %s/%s: want number %d", dialect, entry.Name(), len(steps)+1)
		}
		body, err := text(dialect + "/" + entry.Name())
		if err != nil {
			return nil, err
		}
		steps = append(steps, Step{Number: n, Name: name, SQL: body})
	}
	return steps, nil
}

func text(path string) (string, error) {
	raw, err := files.ReadFile(path)
	return string(raw), err
}
