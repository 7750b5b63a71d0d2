package ticket

import (
	"context"
	"errors"
	"slices"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Update is what is to become of a ticket.
type Update struct {
	// Comment is a string; what is empty means none.
	Comment    any
	Attributes Values
	// Author is who did it; it counts for anonymous and for who has TICKET_ADMIN,
	// and is passed over for others. "" is the caller.
	Author string
	// When is the time of the change: a time.Time counts for who has
	// TICKET_ADMIN and is passed over for others. What is empty means now.
	When any
	// ReplyTo is the number of the comment that this one answers; "" for none.
	ReplyTo string
	// Notify tells people of the change, if there is one; BaseURL begins the links
	// in that.
	Notify  bool
	BaseURL string
}

// errMoved is the error of a change function whose ticket is no longer as it was
// when the change was made up.
var errMoved = errors.New("the ticket has been changed meanwhile")

// Update changes a ticket and returns it as Get does.
//
// Attributes without "action" are stored as they are; that needs TICKET_MODIFY on
// the ticket. With "action" the workflow does the action, the values are checked,
// and each kind of change needs its own permission. "_ts" is the changetime that
// the caller knows the ticket by: when it is another one by now, nothing is
// changed. Without a comment and without a change there is nothing to save, which
// is no error.
func (s *Service) Update(ctx context.Context, who auth.Principal, id int, u Update) (*Ticket, error) {
	for {
		before, err := s.store.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		p, err := s.plan(ctx, who, before, u)
		if err != nil {
			return nil, err
		}
		if blank(p.change.Comment) && len(p.changes()) == 0 {
			break
		}
		kept, err := s.store.Update(ctx, id, func(now *Ticket) (Change, error) {
			if !now.same(before) {
				return Change{}, errMoved
			}
			*now = *p.after.Clone()
			return p.change, nil
		})
		if err == nil {
			p.tell(u, kept)
			break
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return s.Get(ctx, who, id)
}

// tell tells people of the change as it was kept, if they are to be told.
func (p *plan) tell(u Update, kept Change) {
	if !u.Notify {
		return
	}
	p.after.Changetime = kept.Time
	p.s.notify(Notice{
		Ticket: p.after, Fields: p.fields, Change: &kept, Changes: logged(p.before, p.after, kept),
		Author: kept.Author, BaseURL: u.BaseURL,
	})
}

// plan makes up what an update does to a ticket that is stored as before. It
// reads what it must, so that nobody waits while it is written.
func (s *Service) plan(ctx context.Context, who auth.Principal, before *Ticket, u Update) (*plan, error) {
	fields, err := s.FieldsOf(ctx, before)
	if err != nil {
		return nil, err
	}
	p := &plan{s: s, who: who, fields: fields, before: before, after: before.Clone()}
	if err := p.frame(ctx, u); err != nil {
		return nil, err
	}
	p.addDefaults()
	if action, workflow := u.Attributes.Get("action"); workflow {
		err = p.act(ctx, plainText(action), u.Attributes)
	} else {
		err = p.store(ctx, u.Attributes)
	}
	if err != nil {
		return nil, err
	}
	p.after.CC = tidyCC(p.after.CC)
	p.change.Unlogged = p.unlogged()
	return p, p.badTime
}

// plan is an update while it is made up.
type plan struct {
	s      *Service
	who    auth.Principal
	fields *Fieldset
	change Change
	before *Ticket // as it is stored
	base   *Ticket // with the defaults of the custom fields that it is older than
	after  *Ticket

	// What is wrong with the comment or the time, told when nothing else is.
	badComment, badTime error
}

// frame notes the author, the time and the comment of the change.
func (p *plan) frame(ctx context.Context, u Update) error {
	p.change = Change{Author: p.who.Name(), ReplyTo: u.ReplyTo, Time: p.s.now().UnixMicro()}
	comment, ok := u.Comment.(string)
	if !ok && !empty(u.Comment) {
		p.badComment = fault.New(fault.BadCall, "the comment must be a string")
	}
	p.change.Comment = comment
	if u.Author == "" && empty(u.When) {
		return nil
	}
	admin, err := p.who.May(ctx, "TICKET_ADMIN", Resource(p.before.ID))
	if err != nil {
		return err
	}
	if u.Author != "" && (admin || !p.who.Authenticated()) {
		p.change.Author = u.Author
	}
	if !admin || empty(u.When) {
		return nil
	}
	when, ok := u.When.(time.Time)
	if !ok {
		p.badTime = fault.New(fault.BadCall, "'when' must be a DateTime")
	}
	p.change.Time, p.change.Exact = when.UnixMicro(), true
	return nil
}

// addDefaults gives the ticket the defaults of the custom fields that it is older
// than. They are stored with the next change, and are none themselves.
func (p *plan) addDefaults() {
	for _, f := range p.fields.custom {
		if _, set := p.before.Custom[f.Name]; set {
			continue
		}
		if value := f.initial(p.s.localNow()); value != "" {
			p.after.Set(f.Name, value)
		}
	}
	p.base = p.after.Clone()
}

// changes lists what the caller changes.
func (p *plan) changes() []FieldChange { return Diff(p.base, p.after) }

// unlogged names the custom fields that the ticket gets without a word in the
// change log: those with their defaults, and those set to nothing for the first
// time.
func (p *plan) unlogged() []string {
	var names []string
	for _, f := range p.fields.custom {
		value, set := p.after.Custom[f.Name]
		if _, had := p.before.Custom[f.Name]; had || !set {
			continue
		}
		if value == f.initial(p.s.localNow()) {
			names = append(names, f.Name)
		}
	}
	return names
}

// store takes attributes as they are.
func (p *plan) store(ctx context.Context, attributes Values) error {
	if err := p.who.Require(ctx, "TICKET_MODIFY", Resource(p.before.ID)); err != nil {
		return err
	}
	if token, _ := attributes.Get("_ts"); !empty(token) && plainText(token) != timeToken(p.before.Changetime) {
		return fault.New(fault.Invalid, "Ticket has been updated since last get().")
	}
	for _, v := range attributes {
		if v.Name == "_ts" || v.Name == "time" || v.Name == "changetime" {
			continue
		}
		f := p.fields.Field(v.Name)
		if f == nil && slices.Contains(standard[:], v.Name) {
			f = &Field{Name: v.Name, Type: "text"} // such as severity while there are none
		}
		if f == nil {
			return fault.New(fault.BadCall, "tickets have no field '%s'", v.Name)
		}
		if v.Value == nil && p.isUnset(f) {
			continue
		}
		if err := assign(p.after, f, v.Name, v.Value); err != nil {
			return err
		}
	}
	return p.badComment
}

// isUnset tells whether a custom field was never given a value.
func (p *plan) isUnset(f *Field) bool {
	_, set := p.after.Custom[f.Name]
	return f.Custom && !set
}
