package ticket

import (
	"slices"

	"tracrpc/auth"
)

// Step is an action of a workflow, as it is drawn for people.
type Step struct {
	Action, Label string
	From          []string // "*" alone for any status, "<none>" for a ticket that is made
	To            string   // "*" for the status that the ticket has
	Permissions   []auth.Permission
	Operations    []string
}

// Steps are the actions of the workflow that somebody defined, the one offered
// first coming first.
func (w *Workflow) Steps() []Step {
	var steps []Step
	for _, a := range w.actions {
		if len(a.old) == 0 {
			continue
		}
		from := slices.Clone(a.old)
		for i := range from {
			if from[i] == nothing {
				from[i] = "<none>"
			}
		}
		steps = append(steps, Step{
			Action: a.name, Label: a.label, From: from, To: a.new, Permissions: a.permissions, Operations: a.operations,
		})
	}
	return steps
}
