package ticket

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tracrpc/auth"
	"tracrpc/fault"
)

// check looks for everything that is wrong with an update by action, as Trac's
// ticket page does (ticket/web_ui.py, _validate_ticket; ticket/api.py,
// validate_ticket). The problems are told together, as HTML.
type check struct {
	*plan
	token    string // the changetime that the caller knows
	replyTo  Values
	problems []string
}

func (c *check) add(problem string) {
	if !slices.Contains(c.problems, problem) {
		c.problems = append(c.problems, problem)
	}
}

func (c *check) addField(name, problem string) {
	c.add("The ticket field <strong>" + escape(name) + "</strong> is invalid: " + problem)
}

// tooLong is what is wrong with a text of more than size characters.
func tooLong(size int) string {
	return "Must be less than or equal to " + strconv.Itoa(size) + " characters"
}

// conflicts notes where the action sets a field to something else than the
// caller. Alone that is no reason to refuse: the action wins.
func (c *check) conflicts(effects []assignment) {
	for _, change := range c.changes() {
		for _, e := range effects {
			if e.name != change.Name || e.value == any(change.New) {
				continue
			}
			c.add("Rpc ticket.update: ConfigurableTicketWorkflow changed \"" + e.name + "\" to \"" +
				escape(plainText(e.value)) + "\", but user changed it to \"" + escape(change.New) + "\".")
		}
	}
}

// run tells what is wrong; nil when nothing is.
func (c *check) run(ctx context.Context) error {
	noted := len(c.problems)
	if err := c.permissions(ctx); err != nil {
		return err
	}
	c.collision()
	if err := c.reply(); err != nil {
		return err
	}
	if c.badComment != nil {
		return c.badComment
	}
	if size := c.s.config.MaxComment; utf8.RuneCountInString(c.change.Comment) > size {
		c.add("The ticket comment is invalid: " + tooLong(size))
	}
	c.choices()
	c.sizes()
	c.times()
	if len(c.problems) == noted {
		return nil
	}
	return fault.New(fault.Invalid, "%s", strings.Join(c.problems, " "))
}

// permissions asks for each kind of change. Changes that the caller may not make
// are taken back, all of them, so that nothing else is said about them.
func (c *check) permissions(ctx context.Context) error {
	var description, reporter, others bool
	for _, change := range c.changes() {
		switch change.Name {
		case "status", "resolution": // the workflow changes them
		case "description":
			description = true
		case "reporter":
			reporter = true
		default:
			others = true
		}
	}
	refused := false
	for _, ask := range []struct {
		needed  bool
		action  auth.Permission
		problem string
		changes bool
	}{
		{description, "TICKET_EDIT_DESCRIPTION", "No permission to edit the ticket description.", true},
		{reporter, "TICKET_ADMIN", "No permission to change the ticket reporter.", true},
		{others, "TICKET_CHGPROP", "No permission to change ticket fields.", true},
		{c.change.Comment != "", "TICKET_APPEND", "No permissions to add a comment.", false},
	} {
		if !ask.needed {
			continue
		}
		may, err := c.who.May(ctx, ask.action, Resource(c.before.ID))
		if err != nil {
			return err
		}
		if !may {
			c.add(ask.problem)
			refused = refused || ask.changes
		}
	}
	if refused {
		c.after = c.base.Clone()
	}
	return nil
}

func (c *check) collision() {
	if len(c.changes()) == 0 && c.change.Comment == "" {
		return
	}
	if c.token != timeToken(c.before.Changetime) {
		c.add("Your changes have not been saved because this ticket has been modified since you started editing.")
	}
}

// reply checks an attribute "replyto", which says what a comment answers.
func (c *check) reply() error {
	value, _ := c.replyTo.Get("replyto")
	if empty(value) || value == "description" {
		return nil
	}
	if _, ok := value.(int); ok {
		return nil
	}
	if text, ok := value.(string); ok {
		if _, ok := CommentNumber(strings.TrimLeft(strip(text), "+-")); ok && !strings.Contains(text, ".") {
			return nil
		}
	}
	return fault.New(fault.Invalid, "Invalid comment threading identifier")
}

// choices refuses changes to a value that a field does not offer.
func (c *check) choices() {
	changed := c.changes()
	for i := range c.fields.Fields {
		f := &c.fields.Fields[i]
		if f.Options == nil || f.Name == "status" {
			continue
		}
		for _, change := range changed {
			switch {
			case change.Name != f.Name:
			case change.New == "" && !f.Optional:
				c.addField(f.Name, "field cannot be empty")
			case change.New != "" && !slices.Contains(f.Options, change.New):
				c.addField(f.Name, `"`+escape(change.New)+`" is not a valid value`)
			}
		}
	}
}

// sizes refuses texts that are too long, changed or not, and an empty summary.
func (c *check) sizes() {
	if size := c.s.config.MaxDescription; utf8.RuneCountInString(c.after.Description) > size {
		c.addField("description", tooLong(size))
	}
	if c.after.Summary == "" {
		c.addField("summary", "Tickets must contain a summary.")
	} else if size := c.s.config.MaxSummary; utf8.RuneCountInString(c.after.Summary) > size {
		c.addField("summary", tooLong(size))
	}
	for _, f := range c.fields.custom {
		if f.MaxSize > 0 && utf8.RuneCountInString(c.after.Custom[f.Name]) > f.MaxSize {
			c.addField(f.Label, tooLong(f.MaxSize))
		}
	}
}

// times refuses what could not be read as a date.
func (c *check) times() {
	for _, change := range c.changes() {
		f := c.fields.Field(change.Name)
		if f == nil || f.Type != "time" || change.New == "" || isFormatted(change.New) {
			continue
		}
		hint := "YYYY-MM-DD"
		if f.Format != "date" {
			hint = "YYYY-MM-DDThh:mm:ss±hh:mm"
		}
		c.addField(f.Label, `"`+escape(change.New)+`" is an invalid date, or the date format is not known. Try "`+hint+`" instead.`)
	}
}
