package ticket

import (
	"cmp"
	"context"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
)

// New is what a new ticket is made of.
type Draft struct {
	Summary     any
	Description any
	Attributes  Values // win over Summary and Description
	// When is the time of creation: a time.Time counts for who has TICKET_ADMIN
	// and is passed over for others, nil is now. Like the reference, it takes any
	// value that is empty for the year 1970.
	When any
	// Notify tells people of the ticket; BaseURL begins the links in that.
	Notify  bool
	BaseURL string
}

// Create makes a ticket and returns its id. It needs TICKET_CREATE. The values
// are not checked against the lists they come from; names that stand for no field
// are passed over. The owner "< default >" becomes that of the component; without
// a component that has one it stays, as the reference keeps it.
func (s *Service) Create(ctx context.Context, who auth.Principal, d Draft) (int, error) {
	if err := who.Require(ctx, "TICKET_CREATE", auth.Resource{}); err != nil {
		return 0, err
	}
	if empty(d.Summary) {
		return 0, fault.New(fault.Invalid, "Tickets must contain a summary.")
	}
	fields, err := s.Fields(ctx)
	if err != nil {
		return 0, err
	}
	t := s.blankTicket(fields)
	values := append(Values{{"summary", d.Summary}, {"description", d.Description}, {"reporter", who.Name()}}, d.Attributes...)
	for _, v := range values {
		if err := assign(t, fields.Field(v.Name), v.Name, v.Value); err != nil {
			return 0, err
		}
	}
	t.Status, t.Resolution, t.CC = "new", "", tidyCC(t.CC)
	if standsForDefault(t.Owner) {
		owner, err := s.componentOwner(ctx, t.Component)
		if err != nil {
			return 0, err
		}
		t.Owner = cmp.Or(owner, t.Owner)
	}
	if t.Time, err = s.creationTime(ctx, who, d.When); err != nil {
		return 0, err
	}
	t.Changetime = t.Time
	if t.ID, err = s.store.Insert(ctx, t, who.Name()); err != nil {
		return 0, err
	}
	if d.Notify {
		s.notify(Notice{Ticket: t, Fields: fields, Author: who.Name(), BaseURL: d.BaseURL})
	}
	return t.ID, nil
}

// blankTicket has the defaults of trac.ini.
func (s *Service) blankTicket(fields *Fieldset) *Ticket {
	t := &Ticket{}
	for i := range fields.Fields {
		f := &fields.Fields[i]
		value := ""
		switch {
		case f.Custom:
			value = f.initial(s.localNow())
		case f.Name != "resolution" && f.Name != "status" && f.Type != "time":
			value = s.config.Defaults[f.Name]
		}
		if value != "" {
			t.Set(f.Name, value)
		}
	}
	return t
}

func (s *Service) creationTime(ctx context.Context, who auth.Principal, when any) (int64, error) {
	if when == nil {
		return s.now().UnixMicro(), nil
	}
	if empty(when) {
		return 0, nil
	}
	admin, err := who.May(ctx, "TICKET_ADMIN", auth.Resource{})
	if err != nil {
		return 0, err
	}
	if !admin {
		return s.now().UnixMicro(), nil
	}
	t, ok := when.(time.Time)
	if !ok {
		return 0, fault.New(fault.BadCall, "'when' must be a DateTime")
	}
	return t.UnixMicro(), nil
}

// empty tells whether a value that a client sent counts as none at all.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}
