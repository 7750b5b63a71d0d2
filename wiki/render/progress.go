package render

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"tracrpc/ticket"
)

// interval is a part of a progress bar: the tickets with certain statuses.
type interval struct {
	title, class string
	statuses     []string
	arguments    map[string][]string // what the query for them has besides
	done         bool
	count        int
	percent      float64
}

// defaultGroups is [milestone-groups] when it is empty.
var defaultGroups = []Setting{
	{"closed", "closed"}, {"closed.query_args", "group=resolution"}, {"closed.overall_completion", "true"},
	{"active", "*"}, {"active.css_class", "open"},
}

// intervals reads [milestone-groups].
func (r *Renderer) intervals(all []string) []interval {
	settings := r.Settings.MilestoneGroups
	if len(settings) == 0 {
		settings = defaultGroups
	}
	groups := map[string]map[string]string{}
	var names []string
	order := map[string]int{}
	next := 0
	for _, s := range settings {
		name, qualifier, _ := strings.Cut(s.Name, ".")
		if groups[name] == nil {
			groups[name] = map[string]string{}
			names = append(names, name)
			order[name] = next
		}
		groups[name][orDefault(qualifier, "status")] = s.Value
		if n, err := strconv.Atoi(groups[name]["order"]); err == nil {
			order[name] = n
		}
		next = max(next, order[name]) + 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return order[a] - order[b] })
	rest := slices.Sorted(slices.Values(all))
	var list []interval
	for _, name := range names {
		i := readInterval(name, groups[name])
		rest = slices.DeleteFunc(rest, func(s string) bool { return slices.Contains(i.statuses, s) })
		list = append(list, i)
	}
	for i := range list {
		if slices.Equal(list[i].statuses, []string{"*"}) {
			list[i].statuses = rest
			break
		}
	}
	return list
}

func readInterval(name string, group map[string]string) interval {
	i := interval{
		title: orDefault(group["label"], name), class: orDefault(group["css_class"], name),
		done: isTrue(group["overall_completion"]), arguments: map[string][]string{},
	}
	for s := range strings.SplitSeq(group["status"], ",") {
		i.statuses = append(i.statuses, strings.TrimSpace(s))
	}
	slices.Sort(i.statuses)
	for pair := range strings.SplitSeq(group["query_args"], ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			name = strings.TrimSpace(name)
			i.arguments[name] = append(i.arguments[name], strings.TrimSpace(value))
		}
	}
	return i
}

// measure counts tickets into intervals. The percentages are made to add up to a
// hundred.
func measure(intervals []interval, tickets []*ticket.Ticket) (done int, percent float64) {
	total, sum := 0, 0.0
	for i := range intervals {
		v := &intervals[i]
		v.count = 0
		for _, tk := range tickets {
			if slices.Contains(v.statuses, tk.Status) {
				v.count++
			}
		}
		total += v.count
	}
	if total == 0 {
		return 0, 0
	}
	for i := range intervals {
		v := &intervals[i]
		v.percent = math.RoundToEven(float64(v.count) / float64(total) * 100)
		sum += v.percent
		if v.done {
			done += v.count
			percent += v.percent
		}
	}
	if done > 0 && sum != 100 {
		adjust(intervals, 100-sum)
		percent += 100 - sum
	}
	return done, percent
}

// adjust adds to the smallest interval that is not empty, or takes from the
// largest.
func adjust(intervals []interval, by float64) {
	best := -1
	for i := range intervals {
		p := intervals[i].percent
		if p != 0 && (best < 0 || by > 0 && p < intervals[best].percent || by < 0 && p > intervals[best].percent) {
			best = i
		}
	}
	if best >= 0 {
		intervals[best].percent += by
	}
}

func (t *ticketQuery) progress(ctx context.Context, tickets []*ticket.Ticket) error {
	statuses, err := t.Queries.Statuses(ctx)
	if err != nil {
		return err
	}
	if t.query.group != "" {
		return t.groupedProgress(tickets, statuses)
	}
	intervals := t.intervals(statuses)
	_, percent := measure(intervals, tickets)
	t.w.raw("<div class=\"trac-progress\">\n")
	t.bar(intervals, len(tickets), "", fmt.Sprintf("%d%%", int(percent)), "")
	t.w.raw("\n  <p class=\"legend\">\n    <span class=\"first interval\">\n      ")
	t.w.element("a", "Total number of tickets: "+strconv.Itoa(len(tickets)), "href", t.intervalAddress(nil, nil))
	t.w.raw("\n    </span>\n")
	for i := range intervals {
		v := &intervals[i]
		t.w.raw("    <span class=\"interval\">\n      - ")
		t.w.element("a", v.title+": "+strconv.Itoa(v.count), "href", t.intervalAddress(v, nil))
		t.w.raw("\n    </span>\n")
	}
	t.w.raw("  </p>\n</div>")
	return nil
}

// bar is a progress bar; group is the value of the group that it shows, if any.
func (t *ticketQuery) bar(intervals []interval, total int, style, percent, group string) {
	var value *string
	if t.query.group != "" {
		value = &group
	}
	t.w.raw("  ").open("table", "class", "progress", "style", style).raw("\n    <tr>\n")
	for i := range intervals {
		v := &intervals[i]
		width := "display: none"
		if v.percent > 0 {
			width = fmt.Sprintf("width: %d%%", int(v.percent))
		}
		t.w.raw("      ").open("td", "class", v.class, "style", width).raw("\n        ")
		t.w.element("a", "", "href", t.intervalAddress(v, value), "title", fmt.Sprintf("%d/%d %s", v.count, total, v.title))
		t.w.raw("\n      </td>\n")
	}
	t.w.raw("    </tr>\n  </table>\n\n  ").element("p", percent, "class", "percent").raw("\n")
}

// intervalAddress is the query for the tickets of an interval, of one group if
// its value is given.
func (t *ticketQuery) intervalAddress(v *interval, group *string) string {
	text := t.text
	constraints := map[string][]string{}
	if v != nil {
		for _, name := range sortedNames(v.arguments) {
			for _, value := range v.arguments[name] {
				if name != "group" && name != "status" {
					text += "&" + name + "=" + value
				}
			}
		}
		if len(v.statuses) > 0 {
			constraints["status"] = v.statuses
		}
	}
	q, err := readQuery(text, t.query.fields)
	if err != nil {
		return ""
	}
	if group != nil {
		constraints[q.group] = []string{*group}
		q.groupDesc = false
	}
	q.group = ""
	if v != nil && len(v.arguments["group"]) > 0 {
		q.group = v.arguments["group"][0]
	}
	if len(q.clauses) == 0 {
		q.clauses = []map[string][]string{{}}
	}
	for name, values := range constraints {
		q.clauses = withValue(q.clauses, name, values)
	}
	return t.address(q)
}

func (t *ticketQuery) groupedProgress(tickets []*ticket.Ticket, statuses []string) error {
	byValue := map[string][]*ticket.Ticket{}
	most := 0
	for _, tk := range tickets {
		value := fieldValue(tk, t.query.group)
		byValue[value] = append(byValue[value], tk)
		most = max(most, len(byValue[value]))
	}
	names := t.groupOrder(byValue)
	t.w.raw("<div class=\"trac-groupprogress\">\n  <table>\n")
	for _, name := range names {
		group := byValue[name]
		intervals := t.intervals(statuses)
		done, _ := measure(intervals, group)
		t.w.raw("    <tr>\n      <th scope=\"row\">\n        ")
		address := t.intervalAddress(nil, &name)
		if name == "" {
			t.w.open("i").element("a", "(none)", "href", address).close("i")
		} else {
			t.w.element("a", name, "href", address)
		}
		t.w.raw("\n      </th>\n      <td>\n\n")
		width := fmt.Sprintf("width: %d%%", int(float64(len(group))/float64(most)*100*0.8))
		t.bar(intervals, len(group), width, fmt.Sprintf("%d / %d", done, len(group)), name)
		t.w.raw("\n      </td>\n    </tr>\n")
	}
	t.w.raw("  </table></div>")
	return nil
}

// groupOrder is the values of the groups in the order of the field's options, or
// of the alphabet.
func (t *ticketQuery) groupOrder(byValue map[string][]*ticket.Ticket) []string {
	names := slices.Sorted(maps.Keys(byValue))
	if f := t.query.field(t.query.group); f != nil && len(f.Options) > 0 {
		rank := func(name string) int { return slices.Index(f.Options, name) }
		slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	}
	if t.query.groupDesc {
		slices.Reverse(names)
	}
	return names
}
