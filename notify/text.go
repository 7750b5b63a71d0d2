package notify

import (
	"cmp"
	"strconv"
	"strings"
)

func (l *letter) wrapper() wrapper { return wrapper{wide: l.config.WideAmbiguous} }

// paragraphs are a text as it stands in a mail.
func (l *letter) paragraphs(text string) string { return l.wrapper().wrap(text, columns, " ", " ") }

// text is the text of a letter. People's filters and eyes know its layout: it is
// that of Trac's (trac/ticket/notification.py, TicketFormatter).
func (l *letter) text() string {
	var b strings.Builder
	b.WriteString("#" + strconv.Itoa(l.Ticket.ID) + ": " + l.wrapper().wrap(l.Ticket.Summary, columns, "", "") + "\n")
	b.WriteString(l.table() + "\n")
	switch {
	case l.isNew():
		b.WriteString(l.paragraphs(l.Ticket.Description) + "\n")
	case l.File != nil:
		l.writeFile(&b)
	default:
		l.writeChange(&b)
	}
	base := cmp.Or(l.base(), "/")
	b.WriteString("-- \nTicket URL: <" + l.link() + ">\n")
	b.WriteString(l.config.ProjectName + " <" + cmp.Or(l.config.ProjectURL, base) + ">\n" + l.config.Description)
	return strings.TrimSuffix(b.String(), "\n")
}

// writeFile tells which file has come or gone.
func (l *letter) writeFile(b *strings.Builder) {
	what := "added"
	if l.File.Removed {
		what = "removed"
	}
	b.WriteString("Changes (by " + l.called(l.File.Author) + "):\n\n")
	b.WriteString(l.paragraphs(` * Attachment "`+l.File.Name+`" `+what+".") + "\n")
	if l.File.Description != "" {
		b.WriteString("\n" + l.paragraphs(l.File.Description))
	}
	b.WriteString("\n")
}

// writeChange tells what was changed.
func (l *letter) writeChange(b *strings.Builder) {
	author, comment := l.called(l.Author), l.paragraphs(l.Change.Comment)
	changes := l.changes()
	if changes != "" {
		b.WriteString("Changes (by " + author + "):\n\n" + changes + "\n")
	}
	if f := l.changed("description"); f != nil {
		if changes == "" && comment == "" {
			b.WriteString("Description changed by " + author + ":\n")
		}
		old := l.wrapper().wrap(f.Old, columns, "> ", "> ")
		old = strings.ReplaceAll(old, "\n\n", "\n>\n")
		b.WriteString("\nOld description:\n\n" + old + "\n\nNew description:\n\n" + l.paragraphs(f.New) + "\n\n--\n")
	}
	if comment == "" {
		return
	}
	if changes != "" {
		b.WriteString("Comment:\n\n")
	} else {
		b.WriteString("Comment (by " + author + "):\n\n")
	}
	b.WriteString(comment + "\n")
}
