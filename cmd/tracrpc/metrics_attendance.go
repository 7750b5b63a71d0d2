package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"tracrpc/environment"
	"tracrpc/publish"
)

// counts are what is told of each server that subscribers come to.
var counts = []struct {
	name, kind, help string
	value            func(publish.AttendanceReport) int64
}{
	{"subscribers", "gauge", "Subscribers that there are.", func(r publish.AttendanceReport) int64 { return r.Now }},
	{"subscriptions_total", "counter", "Subscribers that there ever were.", func(r publish.AttendanceReport) int64 { return r.Came }},
	{"sent_total", "counter", "Events that were written to subscribers.", func(r publish.AttendanceReport) int64 { return r.Sent }},
}

// attendances tells of the subscribers of servers, and why they left.
func attendances(b *bytes.Buffer, publishers []*environment.Publisher) {
	each := func(tell func(labels string, r publish.AttendanceReport)) {
		for _, p := range publishers {
			reports := p.AttendanceReports()
			for _, name := range slices.Sorted(maps.Keys(reports)) {
				tell(sinkLabels(p, name), reports[name])
			}
		}
	}
	for _, c := range counts {
		fmt.Fprintf(b, "# HELP tracrpc_sink_%s %s\n# TYPE tracrpc_sink_%s %s\n", c.name, c.help, c.name, c.kind)
		each(func(labels string, r publish.AttendanceReport) {
			fmt.Fprintf(b, "tracrpc_sink_%s{%s} %d\n", c.name, labels, c.value(r))
		})
	}
	fmt.Fprint(b, "# HELP tracrpc_sink_disconnects_total Subscribers that are gone, by why.\n# TYPE tracrpc_sink_disconnects_total counter\n")
	each(func(labels string, r publish.AttendanceReport) {
		for _, cause := range slices.Sorted(maps.Keys(r.Left)) {
			fmt.Fprintf(b, "tracrpc_sink_disconnects_total{%s,cause=\"%s\"} %d\n", labels, label.Replace(cause), r.Left[cause])
		}
	})
}
