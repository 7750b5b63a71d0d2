package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/rpc"
)

// eventFilter reads the argument filter of events.list.
func eventFilter(c *rpc.Call) (f environment.EventFilter, err error) {
	members, err := c.Struct(2)
	if err != nil {
		return f, err
	}
	for _, m := range members {
		into := map[string]*[]string{"realm": &f.Realms, "verb": &f.Verbs, "id": &f.IDs, "author": &f.Authors}[m.Name]
		if into == nil {
			return f, fault.New(fault.BadCall, "a filter of events has no '%s'; it may have realm, verb, id and author", m.Name)
		}
		values, isArray := m.Value.([]any)
		if !isArray {
			values = []any{m.Value}
		}
		for _, v := range values {
			text, ok := rpc.Stored(v)
			if !ok {
				return f, fault.New(fault.BadCall, "the filter's '%s' must be string, not %s", m.Name, rpc.TypeName(v))
			}
			*into = append(*into, text)
		}
	}
	return f, nil
}

// eventStruct is an event as events.list answers it.
func eventStruct(e publish.Event) (rpc.Struct, error) {
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	data, err := wireValue(d)
	if err != nil {
		return nil, fmt.Errorf("data of event %d: %w", e.Seq, err)
	}
	return rpc.Struct{
		{Name: "seq", Value: int(e.Seq)},
		{Name: "time", Value: e.Time},
		{Name: "env", Value: e.Env},
		{Name: "realm", Value: e.Realm},
		{Name: "verb", Value: e.Verb},
		{Name: "id", Value: e.ID},
		{Name: "author", Value: e.Author},
		{Name: "data", Value: data},
	}, nil
}

// wireValue reads the next JSON value as one that travels.
func wireValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		if n, err := strconv.Atoi(token.String()); err == nil {
			return n, nil
		}
		return token.Float64()
	case json.Delim:
		if token == '[' {
			return wireArray(d)
		}
		return wireStruct(d)
	default: // nil, bool or string
		return token, nil
	}
}

func wireArray(d *json.Decoder) (any, error) {
	list := []any{}
	for d.More() {
		v, err := wireValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token() // the end
	return list, err
}

func wireStruct(d *json.Decoder) (any, error) {
	members := rpc.Struct{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := wireValue(d)
		if err != nil {
			return nil, err
		}
		members = append(members, rpc.Member{Name: name.(string), Value: v})
	}
	_, err := d.Token() // the end
	return members, err
}
