package notify

import (
	"slices"
	"strings"
)

// cell is a field in the table of a ticket.
type cell struct {
	label, value string
	big          bool // stands below the table, over its whole width
}

// table shows the fields of a ticket in two columns (trac/ticket/notification.py,
// TicketFormatter._format_props).
func (l *letter) table() string {
	t := table{wrapper: l.wrapper()}
	for _, c := range l.cells() {
		if c.big {
			t.big = append(t.big, c)
		} else {
			t.small = append(t.small, c)
		}
	}
	return t.String()
}

// cells are the fields that the table shows.
func (l *letter) cells() []cell {
	var cells []cell
	for i := range l.Fields.Fields {
		f := &l.Fields.Fields[i]
		if slices.Contains([]string{"summary", "cc", "time", "changetime", "description"}, f.Name) {
			continue
		}
		value, set := l.Ticket.Value(f.Name)
		if !set {
			continue
		}
		value = l.shown(f.Name, value)
		cells = append(cells, cell{f.Label, value, f.Type == "textarea" || strings.Contains(value, "\n")})
	}
	return cells
}

// table lays out cells.
type table struct {
	wrapper
	small, big []cell

	labels [2]int // the widest label of each column
	widths [2]int // the columns'
}

// String is the table between two lines.
func (t *table) String() string {
	t.measure()
	rule := strings.Repeat("-", t.widths[0]) + "+" + strings.Repeat("-", t.widths[1])
	var b strings.Builder
	b.WriteString(rule + "\n")
	t.writeColumns(&b)
	if len(t.big) > 0 {
		b.WriteString(rule)
	}
	for _, c := range t.big {
		b.WriteString("\n" + c.label + ":\n" + strings.Join(lines(c.value), "\n") + "\n\n")
	}
	b.WriteString(rule)
	return b.String()
}

// measure finds how wide the columns are.
func (t *table) measure() {
	var values [2]int
	for i, c := range t.small {
		t.labels[i%2] = max(t.labels[i%2], t.width(c.label))
		values[i%2] = max(values[i%2], t.width(c.value))
	}
	left, right := t.labels[0]+values[0]+5, t.labels[1]+values[1]+5
	const half = (columns - 1) / 2
	switch {
	case left+right+1 <= columns:
	case left > half && right > half || t.labels[0] > half/2 || t.labels[1] > half/2:
		left, right = half, half
	case left > right:
		left = min((columns-1)*2/3, left)
		right = columns - left - 1
	default:
		right = min((columns-1)*2/3, right)
		left = columns - right - 1
	}
	t.widths = [2]int{left, right}
}

// writeColumns writes the cells, two next to each other. Where one takes more
// lines than its neighbour, the next ones may use what is free.
func (t *table) writeColumns(b *strings.Builder) {
	var columns [2][]string
	for i := 0; i < len(t.small); i += 2 {
		var pair [2][]string
		for side := range min(2, len(t.small)-i) {
			pair[side] = t.cell(t.small[i+side], side)
		}
		longer := len(pair[0]) - len(pair[1])
		switch ahead := len(columns[0]) - len(columns[1]); {
		case ahead > 0:
			columns[1] = append(columns[1], make([]string, max(0, ahead+min(0, longer)))...)
		case ahead < 0:
			columns[0] = append(columns[0], make([]string, max(0, -ahead-max(0, longer)))...)
		}
		columns[0] = append(columns[0], pair[0]...)
		columns[1] = append(columns[1], pair[1]...)
	}
	for i := range max(len(columns[0]), len(columns[1])) {
		left, right := line(columns[0], i), line(columns[1], i)
		b.WriteString(left + strings.Repeat(" ", max(0, t.widths[0]-t.width(left))) + "|" + right + "\n")
	}
}

// cell is a cell as lines.
func (t *table) cell(c cell, side int) []string {
	indent := strings.Repeat(" ", t.labels[side]-t.width(c.label)+2*side)
	return lines(t.wrap(c.label+":  "+c.value, t.widths[side]-2+2*side, indent, "  "))
}

func line(column []string, i int) string {
	if i < len(column) {
		return column[i]
	}
	return ""
}

// lines are the lines of a text; none of an empty one.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(unixLines(text), "\n"), "\n")
}
