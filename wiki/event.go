package wiki

import (
	"time"

	"tracrpc/auth"
	"tracrpc/publish"
)

// event is the event of page as it is now (or was, when it is deleted); before
// is what it was before a save.
func event(when time.Time, verb string, who auth.Principal, page Page, before *Page) (publish.Event, error) {
	data := publish.PageData{
		Name: page.Name, Version: page.Version, Time: page.Time, Author: page.Author,
		Text: page.Text, Comment: page.Comment, Readonly: page.Readonly,
	}
	if before != nil && before.Exists() {
		data.OldText, data.OldVersion, data.OldReadonly = &before.Text, before.Version, &before.Readonly
	}
	return publish.NewEvent(when, publish.Wiki, verb, page.Name, who.Name(), data)
}
