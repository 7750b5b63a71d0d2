package wiki

import (
	"time"

	"tracrpc/auth"
	"tracrpc/publish"
)

// eventData is what an event tells of a page. The old values are there when the
// page was there before and this event changed it.
type eventData struct {
	Name        string  `json:"name"`
	Version     int     `json:"version"`
	Time        int64   `json:"time"`
	Author      string  `json:"author"`
	Text        string  `json:"text"`
	Comment     *string `json:"comment"`
	Readonly    bool    `json:"readonly"`
	OldText     *string `json:"old_text,omitempty"`
	OldVersion  int     `json:"old_version,omitempty"`
	OldReadonly *bool   `json:"old_readonly,omitempty"`
}

// event is the event of page as it is now (or was, when it is deleted); before
// is what it was before a save.
func event(when time.Time, verb string, who auth.Principal, page Page, before *Page) (publish.Event, error) {
	data := eventData{
		Name: page.Name, Version: page.Version, Time: page.Time, Author: page.Author,
		Text: page.Text, Comment: page.Comment, Readonly: page.Readonly,
	}
	if before != nil && before.Exists() {
		data.OldText, data.OldVersion, data.OldReadonly = &before.Text, before.Version, &before.Readonly
	}
	return publish.NewEvent(when, publish.Wiki, verb, page.Name, who.Name(), data)
}
