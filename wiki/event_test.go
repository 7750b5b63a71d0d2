package wiki_test

import (
	"encoding/json"
	"slices"
	"testing"

	"tracrpc/publish"
	"tracrpc/store/storetest"
	"tracrpc/wiki"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := wiki.New(db, removing{})
	admin := user("ann", nil, "TRAC_ADMIN")
	why := "why"
	save(t, w, admin, wiki.Edit{Name: "P", Text: "one", Author: "bob"})
	save(t, w, admin, wiki.Edit{Name: "P", Text: "two", Author: "bob", Comment: &why})
	save(t, w, admin, wiki.Edit{Name: "P", Text: "two", Readonly: true})
	if err := w.Save(t.Context(), admin, wiki.Edit{Name: "P", Text: "two", Readonly: true}); err == nil {
		t.Error("a page was saved as it is")
	}
	if err := w.RemoveVersion(t.Context(), admin, wiki.Ref{Name: "P", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(t.Context(), admin, "P"); err != nil {
		t.Fatal(err)
	}
	events, err := db.Events(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		verb, text string
		version    int
		old        string
	}
	want := []told{
		{publish.Created, "one", 1, ""},
		{publish.Changed, "two", 2, "one"},
		{publish.Changed, "two", 2, "two"},
		{publish.VersionDeleted, "one", 1, ""},
		{publish.Deleted, "two", 2, ""},
	}
	var got []told
	for _, e := range events {
		var data struct {
			Text    string
			Version int
			OldText string `json:"old_text"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		got = append(got, told{e.Verb, data.Text, data.Version, data.OldText})
		if e.Realm != publish.Wiki || e.ID != "P" || e.Author != "ann" {
			t.Errorf("event %d is of %s %s by %s, want wiki P by ann", e.Seq, e.Realm, e.ID, e.Author)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("events %+v, want %+v", got, want)
	}
}
