package ticket

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// parseDate reads a time as people write it: ISO 8601, the C locale's formats,
// an American date in loose notation, or a time relative to now
// (trac/util/datefmt.py, parse_date). Dates without a zone are in now's.
func parseDate(text string, now time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, read := range []func(string, time.Time) (time.Time, bool){isoDate, plainDate, looseDate, relativeTime} {
		if t, ok := read(text, now); ok {
			year := t.UTC().Year()
			return t, year >= 1 && year <= 9999
		}
	}
	return time.Time{}, false
}

var isoPattern = regexp.MustCompile(`^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?` +
	`(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[,.](\d{1,6}))?)?)?)?` +
	`(?:Z|([-+])(\d{2}):?(\d{2})?)?$`)

// isoDate reads 2024, 2024-05, 2024-05-06, 20240506T070809.5+02:00 and the like.
func isoDate(text string, now time.Time) (time.Time, bool) {
	m := isoPattern.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	zone := now.Location()
	if m[8] != "" {
		hours, minutes := number(m[9], 0), number(m[10], 0)
		if hours > 23 || minutes > 59 {
			return time.Time{}, false
		}
		offset := hours*3600 + minutes*60
		if m[8] == "-" {
			offset = -offset
		}
		zone = time.FixedZone("", offset)
	} else if strings.HasSuffix(text, "Z") {
		zone = time.UTC
	}
	micros := number((m[7] + "000000")[:6], 0)
	return makeDate([6]int{number(m[1], 1), number(m[2], 1), number(m[3], 1),
		number(m[4], 0), number(m[5], 0), number(m[6], 0)}, micros, zone)
}

// number is the number that digits are; otherwise when there are none.
func number(digits string, otherwise int) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return otherwise
	}
	return n
}

// makeDate is the time of year, month, day, hour, minute and second, if there is
// such a time.
func makeDate(at [6]int, micros int, zone *time.Location) (time.Time, bool) {
	utc := time.Date(at[0], time.Month(at[1]), at[2], at[3], at[4], at[5], 0, time.UTC)
	real := utc.Year() == at[0] && int(utc.Month()) == at[1] && utc.Day() == at[2] &&
		utc.Hour() == at[3] && utc.Minute() == at[4] && utc.Second() == at[5]
	if !real || at[0] < 1 || at[0] > 9999 {
		return time.Time{}, false
	}
	return time.Date(at[0], time.Month(at[1]), at[2], at[3], at[4], at[5], micros*1000, zone), true
}

// plainLayouts are the formats of the C locale.
var plainLayouts = []string{
	"1/2/06 15:4:5", "1/2/06, 15:4:5", "15:4:5 1/2/06", "15:4:5, 1/2/06", "1/2/06",
	"Mon Jan 2 15:4:5 2006", "Jan 2, 2006",
}

func plainDate(text string, now time.Time) (time.Time, bool) {
	text = strings.Join(strings.Fields(text), " ")
	for _, layout := range plainLayouts {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t.Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

var (
	loosePattern = regexp.MustCompile(`[0-9]+|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|am|pm`)
	monthNumbers = map[string]string{"jan": "1", "feb": "2", "mar": "3", "apr": "4", "may": "5", "jun": "6",
		"jul": "7", "aug": "8", "sep": "9", "oct": "10", "nov": "11", "dec": "12"}
)

// looseDate finds the numbers and the names of months in text and takes them for
// month, day, year and, if there are more, hour, minute and second.
func looseDate(text string, now time.Time) (time.Time, bool) {
	parts := loosePattern.FindAllString(strings.ToLower(text), -1)
	parts, half := takeHalf(parts)
	if len(parts) == 5 {
		parts = append(parts, "0")
	}
	if len(parts) < 3 {
		return time.Time{}, false
	}
	if t, ok := looseParts(parts[:min(len(parts), 6)], half, now.Location()); ok {
		return t, true
	}
	return looseParts(parts[:3], half, now.Location())
}

// takeHalf takes the first "am" or "pm" out of parts.
func takeHalf(parts []string) ([]string, string) {
	for i, part := range parts {
		if part == "am" || part == "pm" {
			return append(parts[:i:i], parts[i+1:]...), part
		}
	}
	return parts, ""
}

func looseParts(parts []string, half string, zone *time.Location) (time.Time, bool) {
	month, day, year := parts[0], parts[1], parts[2]
	if len(year) == 2 && monthNumbers[year] == "" {
		year = "20" + year
	}
	switch { // the first name that is found is the month, wherever it stands
	case monthNumbers[year] != "":
		year, month = month, monthNumbers[year]
	case monthNumbers[month] != "":
		month = monthNumbers[month]
	case monthNumbers[day] != "":
		day, month = month, monthNumbers[day]
	}
	at := [6]int{number(year, -1), number(month, -1), number(day, -1)}
	for i, part := range parts[3:] {
		at[3+i] = number(part, -1)
	}
	if half != "" && at[3] >= 0 && at[3] <= 12 {
		at[3] %= 12
		if half == "pm" {
			at[3] += 12
		}
	}
	return makeDate(at, 0, zone)
}
