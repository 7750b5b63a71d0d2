package render

import (
	"context"
	"fmt"
	"strconv"
)

// queryPages says which part of a long list of tickets a table shows.
type queryPages struct {
	page, last   int // from 1
	first, until int // the tickets that are shown, from 1
	total        int
}

// shownPages is how many pages before and behind it a page has links to.
const shownPages = 10

// pages finds out which part of all tickets are shown, of which there are n. The
// zero queryPages is all of them.
func (t *ticketQuery) pages(ctx context.Context, n int) (p queryPages, err error) {
	size, err := strconv.Atoi(t.query.max)
	if err != nil || size <= 0 || n < size && t.query.page == "" {
		return p, nil
	}
	if p.total, err = t.Queries.Count(ctx, t.who, t.text+allPages); err != nil || p.total <= size {
		return queryPages{}, err
	}
	page, err := strconv.Atoi(t.query.page)
	p.page = 1
	if err == nil {
		p.page = max(page, 1)
	}
	p.last = (p.total + size - 1) / size
	p.first = (p.page-1)*size + 1
	p.until = p.first + n - 1
	return p, nil
}

func (p queryPages) heading(w *writer) {
	if p.last < 2 {
		return
	}
	span := fmt.Sprintf("%d - %d of %d", p.first, p.until, p.total)
	if p.first == p.until {
		span = fmt.Sprintf("%d of %d", p.until, p.total)
	}
	w.raw(`  <h2 class="report-result">Results `).element("span", "("+span+")", "class", "numresults").raw("</h2>\n")
}

// write adds the links to the other pages.
func (p queryPages) write(t *ticketQuery) {
	if p.last < 2 {
		return
	}
	t.w.raw("  <div class=\"paging\">\n")
	if p.page > 1 {
		t.w.raw("    ").open("span", "class", "previous").raw("\n")
		t.w.element("a", "\u2190", "href", t.pageAddress(sitePath(t.base), p.page-1), "title", "Previous Page")
		t.w.raw("\n").close("span").raw("\n")
	}
	for n := max(1, p.page-shownPages); n <= min(p.last, p.page+shownPages); n++ {
		t.w.raw("    <span>\n")
		if n == p.page {
			t.w.element("span", strconv.Itoa(n), "class", "current")
		} else {
			t.w.element("a", strconv.Itoa(n), "href", t.pageAddress(t.base, n), "title", "Page "+strconv.Itoa(n))
		}
		t.w.raw("\n").close("span").raw("\n")
	}
	if p.page < p.last {
		t.w.raw("    ").open("span", "class", "next").raw("\n")
		t.w.element("a", "\u2192", "href", t.pageAddress(sitePath(t.base), p.page+1), "title", "Next Page")
		t.w.raw("\n").close("span").raw("\n")
	}
	t.w.raw("  </div>\n")
}

func (t *ticketQuery) pageAddress(base string, page int) string {
	q := *t.query
	q.page = strconv.Itoa(page)
	return href(base, "query") + q.parameters(t.itemsPerPage())
}
