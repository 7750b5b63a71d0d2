package ticket

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
)

// act does a workflow action with the attributes that come with it.
func (p *plan) act(ctx context.Context, action string, attributes Values) error {
	token, err := p.token(attributes)
	if err != nil {
		return err
	}
	author := p.who.Name()
	if name, _ := attributes.Get("author"); !p.who.Authenticated() && !empty(name) {
		author = plainText(name)
	}
	a, err := p.find(ctx, action, author)
	if err != nil {
		return err
	}
	for _, v := range attributes {
		f := p.fields.Field(v.Name)
		if f == nil || v.Name == "status" {
			continue
		}
		if p.isUnset(f) && (v.Value == nil || f.Type == "time" && empty(v.Value)) {
			continue
		}
		if text, ok := v.Value.(string); ok && f.Custom && f.Type == "time" {
			p.setWrittenTime(f, text)
		} else if err := assign(p.after, f, v.Name, v.Value); err != nil {
			return err
		}
	}
	effects, err := p.s.effects(ctx, a, author, p.before, p.after, attributes)
	if err != nil {
		return err
	}
	check := check{plan: p, token: token, replyTo: attributes}
	check.conflicts(effects)
	if err := check.run(ctx); err != nil {
		return err
	}
	for _, e := range effects {
		if err := assign(p.after, p.textField(e.name), e.name, e.value); err != nil {
			return err
		}
	}
	return nil
}

// textField is a standard field, known or not.
func (p *plan) textField(name string) *Field {
	if f := p.fields.Field(name); f != nil {
		return f
	}
	return &Field{Name: name, Type: "text"}
}

// find finds the action among those that are offered.
func (p *plan) find(ctx context.Context, action, author string) (*workflowAction, error) {
	offered, err := p.s.available(ctx, p.who, author, p.before)
	if err != nil {
		return nil, err
	}
	for _, a := range offered {
		if a.name == action {
			return a, nil
		}
	}
	return nil, fault.New(fault.Invalid, "Rpc: Ticket %d by %s invalid action '%s'", p.before.ID, p.who.Name(), action)
}

// token is the changetime that the caller knows the ticket by.
func (p *plan) token(attributes Values) (known string, err error) {
	value, given := attributes.Get("_ts")
	if !given {
		return timeToken(p.before.Changetime), nil
	}
	var token int64
	switch v := value.(type) {
	case string:
		text := strings.ReplaceAll(strip(v), "_", "")
		if token, err = strconv.ParseInt(text, 10, 64); err != nil {
			return "", fault.New(fault.Invalid, "RPC ticket.update: Wrong '_ts' token in attributes (%s).", quote(v))
		}
	case int:
		token = int64(v)
	case float64:
		token = int64(math.Trunc(v))
	case bool:
		token = int64(truth(v))
	default:
		return "", fault.New(fault.BadCall, "'_ts' must be a string")
	}
	if year := time.UnixMicro(token).UTC().Year(); year < 1 || year > 9999 {
		return "", fault.New(fault.BadCall, "'_ts' must be the time of a change, not %d", token)
	}
	return timeToken(token), nil
}

// timeToken is a changetime as clients know it.
func timeToken(microseconds int64) string { return strconv.FormatInt(microseconds, 10) }

// setWrittenTime sets a time field to a date as somebody wrote it. What cannot be
// read is refused later, with what else is wrong.
func (p *plan) setWrittenTime(f *Field, text string) {
	if when, ok := parseDate(text, p.s.localNow()); ok {
		text = FormatTime(when.UnixMicro())
	}
	p.after.Set(f.Name, text)
}

// plainText is a value as Python's str writes it.
func plainText(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	default:
		return fmt.Sprint(v)
	}
}

// quote is a text as Python's repr writes it.
func quote(text string) string {
	mark := "'"
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = `"`
	}
	text = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, mark, `\`+mark).Replace(text)
	return mark + text + mark
}
