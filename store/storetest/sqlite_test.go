package storetest

import "testing"

func TestSQLite(t *testing.T) {
	t.Parallel()
	Test(t, SQLite)
}
