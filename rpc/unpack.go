package rpc

import "tracrpc/fault"

// Unpack is what Python makes of *params, as the reference calls its methods: an
// object is its keys and a string its characters. All that counts as false is no
// arguments, since clients send null, "" and {} for that.
func Unpack(params any) ([]any, error) {
	if !Truth(params) {
		return nil, nil
	}
	var list []any
	switch v := params.(type) {
	case []any:
		return v, nil
	case Struct:
		for _, m := range v {
			list = append(list, m.Name)
		}
	case string:
		for _, r := range v {
			list = append(list, string(r))
		}
	default:
		return nil, fault.New(fault.BadCall, "params must be an array, not %s", TypeName(params))
	}
	return list, nil
}
