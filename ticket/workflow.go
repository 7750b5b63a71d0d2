package ticket

import (
	"slices"
	"strconv"
	"strings"

	"tracrpc/auth"
)

// Workflow is the table of actions that [ticket-workflow] defines, as Trac's
// ConfigurableTicketWorkflow reads it (ticket/default_workflow.py). It is never
// changed.
type Workflow struct {
	actions  []workflowAction // the one offered first comes first
	byName   map[string]*workflowAction
	statuses []string
}

// workflowAction is one action. Old holds the states it can be done in: one of
// them "*" alone for any, Nothing for a ticket that does not exist yet.
type workflowAction struct {
	name          string
	label         string
	old           []string
	new           string
	weight        int
	operations    []string
	permissions   []auth.Permission // any of them; none at all for everybody
	owners        []string          // .set_owner
	resolutions   []string          // .set_resolution
	hasLabel      bool
	hasName       bool
	hasOwners     bool
	hasResolution bool
}

// nothing is the state of a ticket before it exists: "<none>" in trac.ini. No
// ticket can have it, for values are stripped.
const nothing = " none"

// reset is the action that is offered when a ticket's state is none that the
// workflow knows.
const reset = "_reset"

// DefaultWorkflow is what a fresh Trac writes into [ticket-workflow].
var defaultWorkflow = []Option{
	{"leave", "* -> *"},
	{"leave.operations", "leave_status"},
	{"leave.default", "1"},
	{"create", "<none> -> new"},
	{"create.default", "1"},
	{"create_and_assign", "<none> -> assigned"},
	{"create_and_assign.label", "assign"},
	{"create_and_assign.permissions", "TICKET_MODIFY"},
	{"create_and_assign.operations", "may_set_owner"},
	{"accept", "new,assigned,accepted,reopened -> accepted"},
	{"accept.permissions", "TICKET_MODIFY"},
	{"accept.operations", "set_owner_to_self"},
	{"resolve", "new,assigned,accepted,reopened -> closed"},
	{"resolve.permissions", "TICKET_MODIFY"},
	{"resolve.operations", "set_resolution"},
	{"reassign", "new,assigned,accepted,reopened -> assigned"},
	{"reassign.permissions", "TICKET_MODIFY"},
	{"reassign.operations", "set_owner"},
	{"reopen", "closed -> reopened"},
	{"reopen.permissions", "TICKET_CREATE"},
	{"reopen.operations", "del_resolution"},
}

// DefaultWorkflow is the workflow of a fresh Trac.
func DefaultWorkflow() *Workflow { return ParseWorkflow(defaultWorkflow) }

// ParseWorkflow reads the options of [ticket-workflow]. Like Trac it passes over
// what it does not understand.
func ParseWorkflow(options []Option) *Workflow {
	w := &Workflow{byName: map[string]*workflowAction{}}
	for _, o := range options {
		w.read(o)
	}
	for _, a := range w.byName {
		a.complete()
	}
	w.addReset()
	for _, a := range w.byName {
		w.actions = append(w.actions, *a)
	}
	slices.SortFunc(w.actions, func(a, b workflowAction) int {
		if a.weight != b.weight {
			return b.weight - a.weight
		}
		return strings.Compare(b.name, a.name)
	})
	for i := range w.actions {
		w.byName[w.actions[i].name] = &w.actions[i]
	}
	w.statuses = w.findStatuses()
	return w
}

// read takes one line: "resolve = new -> closed", or an attribute of an action as
// in "resolve.operations = set_resolution".
func (w *Workflow) read(o Option) {
	name, attribute, isAttribute := strings.Cut(o.Name, ".")
	if isAttribute {
		attribute, _, _ = strings.Cut(attribute, ".")
		w.action(name).set(attribute, o.Value)
		return
	}
	states := strings.Split(o.Value, "->")
	if len(states) != 2 {
		return
	}
	a := w.action(name)
	a.old, a.new = splitList(states[0]), strings.TrimSpace(states[1])
}

// complete gives an action the label that is made of its name, unless it has one,
// if an empty one.
func (a *workflowAction) complete() {
	if !a.hasLabel && !a.hasName {
		a.label = strings.TrimSpace(strings.ReplaceAll(a.name, "_", " "))
	}
	for i, state := range a.old {
		if state == "<none>" || state == "< none >" {
			a.old[i] = nothing
		}
	}
}

func (w *Workflow) action(name string) *workflowAction {
	a := w.byName[name]
	if a == nil {
		a = &workflowAction{name: name}
		w.byName[name] = a
	}
	return a
}

func (a *workflowAction) set(attribute, value string) {
	switch attribute {
	case "oldstates":
		a.old = splitList(value)
	case "newstate":
		a.new = value
	case "label":
		a.label, a.hasLabel = value, true
	case "name": // the word for label before Trac 1.1.3
		if a.hasName = true; !a.hasLabel {
			a.label = value
		}
	case "default":
		a.weight, _ = strconv.Atoi(strings.TrimSpace(value)) // what is no number does not weigh
	case "operations":
		a.operations = splitList(value)
	case "permissions":
		a.permissions = nil
		for _, p := range splitList(value) {
			a.permissions = append(a.permissions, auth.Permission(p))
		}
	case "set_owner":
		a.owners, a.hasOwners = splitList(value), true
	case "set_resolution":
		a.resolutions, a.hasResolution = splitList(value), true
	}
}

// addReset adds the action that leads a ticket out of a state that the workflow
// no longer has, if there is a state "new" to lead it to.
func (w *Workflow) addReset() {
	hasNew := false
	for _, a := range w.byName {
		hasNew = hasNew || a.new == "new" || slices.Contains(a.old, "new")
	}
	if !hasNew || w.byName[reset] != nil {
		return
	}
	w.byName[reset] = &workflowAction{
		name: reset, label: "Reset", new: "new",
		operations: []string{"reset_workflow"}, permissions: []auth.Permission{"TICKET_ADMIN"},
	}
}

func (w *Workflow) findStatuses() []string {
	var all []string
	for _, a := range w.actions {
		for _, state := range append(slices.Clone(a.old), a.new) {
			if state != "*" && state != "" && state != nothing {
				all = append(all, state)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Statuses are the states that the workflow knows, sorted. They are not to be
// changed.
func (w *Workflow) Statuses() []string { return w.statuses }

func (a *workflowAction) does(operation string) bool { return slices.Contains(a.operations, operation) }

// fits tells whether the action can be done in a state.
func (a *workflowAction) fits(status string) bool {
	if status != nothing && len(a.old) == 1 && a.old[0] == "*" {
		return true
	}
	return slices.Contains(a.old, status)
}

// splitList is a list of trac.ini without empty items.
func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
