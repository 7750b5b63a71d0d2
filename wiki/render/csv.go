package render

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"tracrpc/wiki/markup"
)

// csvMacros show tables of values, of which the first row is the head.
func csvMacros() []Macro {
	return []Macro{
		{
			Name: "csv",
			Description: `Shows values with commas between them as a table. The first line is its head. A value in double quotes may
have commas and line ends in it.
{{{
{{{#!csv
name,price
tea,"2,50"
}}}
}}}`,
			Expand: func(_ context.Context, _ *Place, c *markup.Call) (string, error) { return valuesTable(c, ',') },
		},
		{
			Name:        "tsv",
			Description: `Shows values with tabs between them as a table, as the processor ` + "`csv`" + ` does.`,
			Expand:      func(_ context.Context, _ *Place, c *markup.Call) (string, error) { return valuesTable(c, '\t') },
		},
	}
}

func valuesTable(c *markup.Call, separator rune) (string, error) {
	r := csv.NewReader(strings.NewReader(c.Content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = separator, -1, true, true
	w := &writer{}
	w.raw(`<table class="wiki">`)
	for cell, first := "th", true; ; cell, first = "td", false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", &markup.ProcessorError{Message: string(markup.AppendEscaped(nil, err.Error(), false))}
		}
		if first {
			w.raw("<thead>")
		}
		w.raw("<tr>")
		for _, value := range row {
			w.element(cell, strings.TrimSpace(value))
		}
		w.raw("</tr>")
		if first {
			w.raw("</thead><tbody>")
		}
	}
	if !strings.Contains(w.String(), "<tbody>") {
		w.raw("<tbody>")
	}
	return w.raw("</tbody></table>").String(), nil
}
