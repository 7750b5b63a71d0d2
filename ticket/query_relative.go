package ticket

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// unitSeconds are the lengths of the units of relative times. A month has 30
// days and a year 365.
var unitSeconds = map[string]float64{
	"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "month": 30 * 86400, "year": 365 * 86400,
	"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400,
}

const unitNames = `second|minute|hour|day|week|month|year`

var (
	aheadPattern = regexp.MustCompile(`^(?:in|\+)\s*(\d+\.?\d*)\s*(` + unitNames + `|[hdwmy])s?$`)
	agoPattern   = regexp.MustCompile(`^(?:-\s*)?(\d+\.?\d*)\s*(` + unitNames + `|[hdwmy])s?\s*(?:ago)?$`)
	startPattern = regexp.MustCompile(`^(this|last|next)\s*(` + unitNames + `)$`)
)

// relativeTime reads "now", "yesterday", "in 2 hours", "+1d", "3 weeks ago",
// "-1w", "7d" and "last month".
func relativeTime(text string, now time.Time) (time.Time, bool) {
	switch text {
	case "now":
		return now, true
	case "today":
		return startOf("day", now, 0), true
	case "yesterday":
		return startOf("day", now, -1), true
	case "tomorrow":
		return startOf("day", now, 1), true
	}
	if m := aheadPattern.FindStringSubmatch(text); m != nil {
		return shift(now, m[1], unitSeconds[m[2]])
	}
	if m := agoPattern.FindStringSubmatch(text); m != nil {
		return shift(now, m[1], -unitSeconds[m[2]])
	}
	if m := startPattern.FindStringSubmatch(text); m != nil {
		return startOf(m[2], now, map[string]int{"last": -1, "this": 0, "next": 1}[m[1]]), true
	}
	return time.Time{}, false
}

// maxShift is 10,000 years: what is further off is no date in any case.
const maxShift = 10000 * 366 * 86400

func shift(now time.Time, amount string, unit float64) (time.Time, bool) {
	n, err := strconv.ParseFloat(amount, 64)
	seconds := n * unit
	if err != nil || math.Abs(seconds) > maxShift {
		return time.Time{}, false
	}
	whole, part := math.Modf(seconds)
	micros := math.RoundToEven(part * 1e6)
	return time.Unix(now.Unix()+int64(whole), int64(now.Nanosecond())+int64(micros)*1000).In(now.Location()), true
}

// startOf is the beginning of now's second, minute, … or year, or of the one
// that is so many units later. Weeks begin on Monday.
func startOf(unit string, now time.Time, later int) time.Time {
	year, month, day := now.Date()
	hour, minute, second := now.Clock()
	switch unit {
	case "second":
		second += later
	case "minute":
		minute, second = minute+later, 0
	case "hour":
		hour, minute, second = hour+later, 0, 0
	case "day":
		day, hour, minute, second = day+later, 0, 0, 0
	case "week":
		monday := day - (int(now.Weekday())+6)%7
		day, hour, minute, second = monday+7*later, 0, 0, 0
	case "month":
		month, day, hour, minute, second = month+time.Month(later), 1, 0, 0, 0
	case "year":
		year, month, day, hour, minute, second = year+later, 1, 1, 0, 0, 0
	}
	return time.Date(year, month, day, hour, minute, second, 0, now.Location())
}
