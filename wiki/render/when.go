package render

import (
	"math"
	"strconv"
	"time"
)

// when says when a milestone is or was due, in words and as a date.
func (m Milestone) when(now time.Time) string {
	switch {
	case m.Completed != 0:
		return "Completed " + between(now, m.Completed) + " ago (" + shownTime(m.Completed) + ")"
	case m.Due != 0 && m.Due < now.UnixMicro():
		return between(now, m.Due) + " late (" + shownTime(m.Due) + ")"
	case m.Due != 0:
		return "Due in " + between(now, m.Due) + " (" + shownTime(m.Due) + ")"
	}
	return "No date set"
}

// shownTime is a time as Trac shows it in English.
func shownTime(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("Jan 2, 2006, 3:04:05 PM")
}

// between is the time from now, in the largest unit of which there are at least
// two (pretty_timedelta of trac/util/datefmt.py).
func between(now time.Time, micros int64) string {
	seconds := math.Floor(now.Sub(time.UnixMicro(micros)).Abs().Seconds())
	units := []struct {
		name   string
		length float64
	}{
		{"year", 365 * 86400}, {"month", 30 * 86400}, {"week", 7 * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60},
	}
	for _, u := range units {
		if n := seconds / u.length; n >= 1.9 && seconds > 60*1.9 {
			return count(int(math.RoundToEven(n)), u.name)
		}
	}
	return count(int(seconds), "second")
}

func count(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}
