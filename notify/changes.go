package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tracrpc/ticket"
)

// changes are the changes of all fields but the description, a line each if that
// is long enough; "" for none.
func (l *letter) changes() string {
	// The change log is read in the order of the names.
	fields := slices.SortedFunc(slices.Values(l.Changes), func(a, b ticket.FieldChange) int { return cmp.Compare(a.Name, b.Name) })
	var b strings.Builder
	for _, f := range fields {
		switch {
		case f.Old == f.New || f.Name == "description":
		case f.Name == "cc":
			b.WriteString(l.ccChange(f.Old, f.New))
		case f.Name == "owner" || f.Name == "reporter":
			b.WriteString(l.change(f.Name, l.called(f.Old), l.called(f.New)))
		default:
			b.WriteString(l.change(f.Name, l.shown(f.Name, f.Old), l.shown(f.Name, f.New)))
		}
	}
	return b.String()
}

// change is the change of a field.
func (l *letter) change(field, old, now string) string {
	indent := 7 + len(field)
	beforeOld, beforeNew := " ", " "
	oldSize, newSize := utf8.RuneCountInString(old), utf8.RuneCountInString(now)
	if oldSize+newSize+indent > columns {
		indent = 5
		if oldSize+indent > columns {
			beforeOld = "\n"
		}
		if newSize+indent > columns {
			beforeNew = "\n"
		}
	}
	spaces := strings.Repeat(" ", indent)
	text := "* " + field + ": " + beforeOld + old + beforeOld + "=>" + beforeNew + now
	text = strings.ReplaceAll(text, "\n", "\n"+spaces)
	return " " + l.wrapper().wrap(text, columns, "", spaces) + "\n"
}

// ccChange tells who has come to the ticket's cc, and who has gone.
func (l *letter) ccChange(old, now string) string {
	before, after := addresses(old), addresses(now)
	return l.ccList(without(before, after), "removed") + l.ccList(without(after, before), "added")
}

func (l *letter) ccList(names []string, what string) string {
	if len(names) == 0 {
		return ""
	}
	for i, name := range names {
		names[i] = l.called(name)
	}
	return l.paragraphs(" * cc: "+strings.Join(names, ", ")+" ("+what+")") + "\n"
}

// without are those of names that are not among others.
func without(names, others []string) []string {
	among := make(map[string]bool, len(others))
	for _, name := range others {
		among[name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return among[name] })
}

// shown is a field's value as a mail has it.
func (l *letter) shown(field, value string) string {
	switch f := l.Fields.Field(field); {
	case field == "owner" || field == "reporter":
		return l.called(value)
	case f == nil || f.Type != "time":
		return value
	default:
		return l.date(f, value)
	}
}

// date is a time as Trac writes it without a language.
func (l *letter) date(f *ticket.Field, value string) string {
	when, ok := ticket.ReadTime(value)
	if !ok {
		return ""
	}
	zone := l.config.Zone
	if zone == nil {
		zone = time.Local
	}
	layout := "01/02/06 15:04:05"
	if f.Format == "date" {
		layout = "01/02/06"
	}
	return time.UnixMicro(when).In(zone).Format(layout)
}
