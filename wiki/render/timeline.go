package render

import (
	"strings"
	"time"

	"tracrpc/wiki/markup"
)

// timeline resolves timeline:2024-03-01T12:00. As in Trac its address begins at
// the server even where those of other links are absolute.
func (l *linker) timeline(target, label string) markup.Anchor {
	path, query, fragment := splitTarget(target)
	path = strings.TrimSpace(path)
	t, ok := l.parseDate(path)
	if !ok {
		return missing("timeline missing", label, `"`+path+`" is an invalid date, or the date format is not known. `+
			`Try "YYYY-MM-DDThh:mm:ss±hh:mm" instead.`)
	}
	shown := t.UTC().Format("2006-01-02T15:04:05Z")
	if us := t.Nanosecond() / 1000; us != 0 {
		shown = t.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	address := href(sitePath(l.base), "timeline") + parameters("from", shown, "precision", precision(path))
	a := linked("timeline", join(address, query, fragment), label)
	a.Title = "See timeline at " + shown
	return a
}

// parseDate reads an ISO 8601 date, or the name of a day.
func (l *linker) parseDate(s string) (time.Time, bool) {
	year, month, day := l.Now().UTC().Date()
	switch strings.ToLower(s) {
	case "today":
	case "yesterday":
		day--
	default:
		return parseISO(s)
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), true
}

// precision is how exactly the author gave the time of day.
func precision(path string) string {
	_, clock, ok := strings.Cut(path, "T")
	clock, _, _ = strings.Cut(clock, "Z")
	switch {
	case !ok || len(clock) < 2:
		return ""
	case len(clock) >= 6:
		return "seconds"
	case len(clock) >= 4:
		return "minutes"
	}
	return "hours"
}

// parseISO reads an ISO 8601 date with as much of the time as is given.
func parseISO(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	date, clock := s, ""
	if i := strings.IndexAny(s, "T "); i >= 0 {
		date, clock = s[:i], s[i+1:]
		if clock == "" {
			return time.Time{}, false
		}
	}
	zone := ""
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		clock, zone = clock[:i], clock[i:]
	}
	if clock == "" {
		date, zone, _ = strings.Cut(date, "Z")
	}
	day, ok := parseLayouts(date, "2006-01-02", "20060102", "2006-01", "200601", "2006")
	if !ok {
		return day, false
	}
	clock = strings.Replace(clock, ",", ".", 1)
	if clock != "" {
		at, ok := parseLayouts(clock, "15:04:05", "150405", "15:04", "1504", "15")
		if !ok {
			return day, false
		}
		day = day.Add(at.Sub(at.Truncate(24 * time.Hour)))
	}
	offset, ok := zoneOffset(zone)
	return day.Add(-offset), ok
}

func parseLayouts(s string, layouts ...string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func zoneOffset(zone string) (time.Duration, bool) {
	if zone == "" || zone == "Z" {
		return 0, true
	}
	t, ok := parseLayouts(zone[1:], "15:04", "1504", "15")
	offset := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, ok
}
