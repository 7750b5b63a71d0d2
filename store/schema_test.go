package store

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// newTestDB opens a fresh database. Tests outside this package use
// storetest.New.
func newTestDB(t testing.TB) *DB {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	return openTestDB(t, url)
}

func openTestDB(t testing.TB, url string) *DB {
	t.Helper()
	db, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// testdata/trac45.txt is what a database made by Trac 1.6 says of itself, so a
// table that drifts from Trac's is noticed.
func TestSchemaIsTracs(t *testing.T) {
	t.Parallel()
	got := describe(t, newTestDB(t).readers)
	if *update {
		if err := os.WriteFile("testdata/trac45.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/trac45.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema differs from testdata/trac45.txt; it is now:\n%s", got)
	}
}

// describe lists Trac's tables: each column with its type and place in the
// primary key, each index with its columns.
func describe(t *testing.T, db *sql.DB) string {
	t.Helper()
	const tables = `SELECT m.name FROM sqlite_master m
		WHERE m.type = 'table' AND m.name NOT LIKE 'tracrpc%' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name`
	var b strings.Builder
	for _, table := range lines(t, db, tables) {
		fmt.Fprintf(&b, "table %s\n", table)
		for _, line := range lines(t, db, `SELECT '  ' || name || ' ' || type
				|| iif(pk, ' key ' || pk, '') || iif("notnull", ' not null', '') || iif(dflt_value IS NULL, '', ' default ' || dflt_value)
			FROM pragma_table_info(?1) ORDER BY cid`, table) {
			fmt.Fprintln(&b, line)
		}
		for _, line := range lines(t, db, `SELECT '  ' || iif(i."unique", 'unique', 'index') || ' ' || i.name || ' ('
				|| (SELECT group_concat(c.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) || ')'
			FROM pragma_index_list(?1) i WHERE i.name NOT LIKE 'tracrpc%' ORDER BY i.name`, table) {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

func lines(t *testing.T, db *sql.DB, text string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCreateFillsInTracsDefaults(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), url, StartPage{"WikiStart", "= Hello"}); err != nil {
		t.Fatal(err)
	}
	db := openTestDB(t, url).readers
	for text, want := range map[string]string{
		`SELECT name || ' ' || value FROM system ORDER BY name`:                                                 "database_version 45, initial_database_version 45",
		`SELECT type || ' ' || group_concat(name, ',' ORDER BY CAST(value AS integer)) FROM enum GROUP BY type`: "priority blocker,critical,major,minor,trivial, resolution fixed,invalid,wontfix,duplicate,worksforme, ticket_type defect,enhancement,task",
		`SELECT name FROM milestone ORDER BY name`:                                                              "milestone1, milestone2, milestone3, milestone4",
		`SELECT name || ' ' || owner FROM component ORDER BY name`:                                              "component1 somebody, component2 somebody",
		`SELECT name FROM version ORDER BY name`:                                                                "1.0, 2.0",
		`SELECT count(*) FROM report`:                                                                           "8",
		`SELECT name || ' ' || version || ' ' || author || ' ' || text FROM wiki`:                               "WikiStart 1 trac = Hello",
		`SELECT username || ' ' || count(*) FROM permission GROUP BY username`:                                  "anonymous 12, authenticated 4",
	} {
		if got := strings.Join(lines(t, db, text), ", "); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	// Every report must run in Trac, which replaces $USER.
	for _, text := range lines(t, db, `SELECT query FROM report`) {
		if _, err := db.ExecContext(t.Context(), strings.ReplaceAll(text, "$USER", "'me'")); err != nil {
			t.Errorf("%v in %s", err, text)
		}
	}
	if err := Create(t.Context(), url); err == nil {
		t.Error("Create wrote over a database that is there")
	}
}

func TestOpenSaysWhatToDoAboutOtherVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, change, want string }{
		{"older", `UPDATE system SET value = '41' WHERE name = 'database_version'`, "trac-admin ENV upgrade"},
		{"newer", `UPDATE system SET value = '46' WHERE name = 'database_version'`, "newer tracrpc"},
		{"no version", `DELETE FROM system`, "no database_version"},
		{"no number", `UPDATE system SET value = 'x' WHERE name = 'database_version'`, "not a number"},
		{"no Trac", `DROP TABLE system`, "not a Trac database"},
		{"newer program", `INSERT INTO tracrpc_migration VALUES (99, 'x', 0)`, "newer tracrpc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
			if err := Create(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			change(t, url, c.change)
			db, err := Open(t.Context(), url)
			if err == nil {
				db.Close()
				t.Fatal("Open accepted it")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open = %q, want a sentence with %q", err, c.want)
			}
		})
	}
}

// Trac may drop our tables: the next Open makes them again.
func TestOpenAddsOurTables(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	change(t, url, `DROP TABLE tracrpc_outbox; DROP TABLE tracrpc_migration; DROP TABLE tracrpc_sink; DROP TABLE tracrpc_token`)
	db := openTestDB(t, url)
	if got := lines(t, db.readers, `SELECT count(*) FROM tracrpc_outbox`); got[0] != "0" {
		t.Errorf("outbox has %s rows, want 0", got)
	}
}

// change runs a script on a database that is not open.
func change(t *testing.T, url, script string) {
	t.Helper()
	db, err := openSQLite(t.Context(), sqliteDialect, strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.write(t.Context(), func(x *tx) error { return x.script(t.Context(), script) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
