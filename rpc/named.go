package rpc

import "tracrpc/fault"

// arrange puts arguments that came by name into the places of the signature. A
// call that does not fit gets its Err; one of an unknown method is left alone.
func (g *Registry) arrange(calls []Invocation) {
	for i := range calls {
		in := &calls[i]
		if len(in.Named) == 0 || in.Err != nil {
			continue
		}
		if m := g.byName[in.Method]; m != nil {
			in.Params, in.Err = m.signature.places(in.Named)
		}
	}
}

// places are the arguments in their order, as far as the last that was named.
// Those between that were not are nil, which stands for "not given".
func (s Signature) places(named Struct) ([]any, error) {
	params := make([]any, len(s.Args))
	given := 0
	found := 0
	for i, arg := range s.Args {
		v, ok := named.Get(arg.Name)
		if !ok {
			if i < s.Minimum {
				return nil, fault.New(fault.BadCall, "%s() needs the argument '%s'", s.Name, arg.Name)
			}
			continue
		}
		params[i] = v
		given = i + 1
		found++
	}
	if found < len(named) {
		return nil, fault.New(fault.BadCall, "%s() has no such argument; it is %s", s.Name, s.Text)
	}
	return params[:given], nil
}
