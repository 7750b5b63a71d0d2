package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// maxTicket is the highest number that a ticket can have.
const maxTicket = 1 << 31

// ticket resolves a link to one ticket, or to the query for several.
func (l *linker) ticket(target, label string) markup.Anchor {
	numbers, query, fragment := splitTarget(target)
	ranges, ok := parseRanges(numbers)
	if !ok {
		return missing("missing ticket", label, "")
	}
	id, single := singleNumber(ranges)
	if !single {
		return l.ticketQuery(ranges, query, label)
	}
	if id <= 0 || id > maxTicket || !l.allowed("TICKET_VIEW", ticketResource(id)) {
		return missing("missing ticket", label, "")
	}
	t, ok := l.tickets.get(id, l.rehearsing)
	if !ok {
		return missing("missing ticket", label, "")
	}
	number := strconv.Itoa(id)
	a := linked(t.Status+" ticket", href(l.base, "ticket", number)+query+fragment, label)
	a.Title = "#" + number + ": " + t.describe()
	return a
}

// ticketQuery is the query for several tickets.
func (l *linker) ticketQuery(ranges []span, query, label string) markup.Anchor {
	if query != "" {
		query = "&" + query[1:]
	}
	ids := formatRanges(ranges)
	a := linked("", href(l.base, "query")+"?id="+quotePlus(ids, querySafe)+query, strings.ReplaceAll(label, ",", ",\u200b"))
	a.Title = "Tickets " + strings.ReplaceAll(ids, ",", ", ")
	return a
}

func ticketResource(id int) auth.Resource {
	return auth.Resource{Realm: "ticket", ID: strconv.Itoa(id)}
}

// describe is the summary of a ticket with its type and status.
func (b *Brief) describe() string {
	s := shorten(b.Summary)
	if b.Type != "" {
		s = b.Type + ": " + s
	}
	status := b.Status
	if status == "" {
		return s
	}
	if status == "closed" && b.Resolution != "" {
		status += ": " + b.Resolution
	}
	return s + " (" + status + ")"
}

// shorten cuts a line after about 75 characters, at a space if there is one.
func shorten(s string) string {
	const limit, suffix = 75, " ..."
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	end := 0
	for range limit - len(suffix) {
		_, n := utf8.DecodeRuneInString(s[end:])
		end += n
	}
	if cut := strings.LastIndexAny(s[:end], " \n"); cut >= 0 {
		end = cut
	}
	return s[:end] + suffix
}

// comment resolves comment:3, comment:3:ticket:1, and with description instead
// of a number.
func (l *linker) comment(target, label string) markup.Anchor {
	number, on, ok := l.commentTarget(target)
	if !ok || number != "description" && !isDigits(number) {
		return text(label)
	}
	id, err := strconv.Atoi(on.ID)
	if err != nil {
		return text(label)
	}
	t, exists := l.tickets.get(id, l.rehearsing)
	hasComment, _ := l.comments.get(CommentRef{Ticket: id, Number: number}, l.rehearsing)
	switch {
	case !exists:
		return missing("missing ticket", label, "ticket does not exist")
	case number != "description" && !hasComment:
		return missing("missing ticket", label, "ticket comment does not exist")
	case !l.allowed("TICKET_VIEW", on):
		return missing("forbidden ticket", label, "no permission to view ticket")
	}
	a := linked("ticket", href(l.base, "ticket", on.ID)+"#comment:"+number, label)
	what := "Comment " + number
	if number == "description" {
		what = "Description"
	}
	a.Title = what
	if on.ID != l.on.ID {
		a.Class = t.Status + " ticket"
		a.Title = what + " for #" + on.ID + ": " + t.describe()
	}
	return a
}

// commentTarget finds the ticket that a comment link means. The form
// ticket:1:3 is an old one.
func (l *linker) commentTarget(target string) (number string, on auth.Resource, ok bool) {
	if !strings.Contains(target, ":") {
		return target, l.on, target != "" && l.on.Realm == "ticket" && l.on.ID != ""
	}
	parts := strings.Split(target, ":")
	if len(parts) != 3 {
		return "", on, false
	}
	number, realm, id := parts[0], parts[1], parts[2]
	if number != "" && number != "description" && !isDigits(string([]rune(number)[:1])) {
		realm, id, number = parts[0], parts[1], parts[2]
	}
	if realm == "bug" || realm == "issue" {
		realm = "ticket"
	}
	n, err := strconv.Atoi(strings.TrimSpace(id))
	on = auth.Resource{Realm: realm, ID: strconv.Itoa(n)}
	return number, on, err == nil && n != 0 && realm == "ticket" && number != ""
}

func isDigits(s string) bool {
	for _, r := range s {
		if !unicode.IsDigit(r) && !strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", r) {
			return false
		}
	}
	return s != ""
}

// report resolves a link to a report.
func (l *linker) report(target, label string) markup.Anchor {
	path, query, _ := splitTarget(target)
	id, err := strconv.Atoi(strings.TrimSpace(path))
	if exists, _ := l.reports.get(id, l.rehearsing); err != nil || !exists {
		return missing("missing report", label, "report does not exist")
	}
	if !l.allowed("REPORT_VIEW", auth.Resource{Realm: "report", ID: path}) {
		return missing("forbidden report", label, "no permission to view report")
	}
	return linked("report", href(l.base, "report", path)+query, label)
}
