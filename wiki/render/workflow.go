package render

import (
	"context"
	"fmt"
	"strings"

	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

func workflowMacro() Macro {
	return Macro{
		Name: "Workflow",
		Description: `Shows a ticket workflow: each action with the statuses it leads from and to.

Without arguments it is the workflow of this project. Another one is given as in ` + "`[ticket-workflow]`" + `, with semicolons
between the options, or as lines of a processor:
{{{
[[Workflow(go = here -> there; return = there -> here)]]
}}}`,
		Expand: expandWorkflow,
	}
}

func expandWorkflow(_ context.Context, p *Place, c *markup.Call) (string, error) {
	content := strings.TrimSpace(c.Content)
	steps := p.Settings.Workflow
	if content != "" || len(c.Args) > 0 {
		separator := "\n"
		if !c.IsBlock {
			separator = ";"
		}
		options, err := readWorkflow(strings.Split(content, separator))
		if err != nil {
			return "", err
		}
		steps = ticket.ParseWorkflow(options).Steps()
	}
	return drawWorkflow(steps), nil
}

// readWorkflow reads lines of the form name = value.
func readWorkflow(lines []string) ([]ticket.Option, error) {
	var options []ticket.Option
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			w := &writer{}
			w.text(fmt.Sprintf("Line %d is no option of a workflow: ", i+1)).element("code", line)
			return nil, &markup.ProcessorError{Message: w.String()}
		}
		options = append(options, ticket.Option{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return options, nil
}

// drawWorkflow shows steps as a table, since a drawing would need a script.
func drawWorkflow(steps []ticket.Step) string {
	w := &writer{}
	w.open("div", "class", "trac-workflow-graph")
	w.raw(`<table class="wiki"><thead><tr><th>Action</th><th>From</th><th>To</th><th>Permissions</th><th>Operations</th></tr></thead><tbody>`)
	for i, s := range steps {
		permissions := make([]string, len(s.Permissions))
		for j, p := range s.Permissions {
			permissions[j] = string(p)
		}
		w.open("tr", "class", evenOdd(i)).open("td").open("strong").text(s.Label).close("strong").close("td")
		for _, value := range []string{
			strings.Join(s.From, ", "), s.To, strings.Join(permissions, ", "), strings.Join(s.Operations, ", "),
		} {
			w.element("td", value)
		}
		w.close("tr")
	}
	return w.raw("</tbody></table>").close("div").String()
}
