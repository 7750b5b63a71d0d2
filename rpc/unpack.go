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
		if len(v) > maxUnpacked {
			return nil, fault.New(fault.TooLarge, "params must be an array, not a string of %d bytes", len(v))
		}
		for _, r := range v {
			list = append(list, string(r))
		}
	default:
		return nil, fault.New(fault.BadCall, "params must be an array, not %s", TypeName(params))
	}
	return list, nil
}

// maxUnpacked is how long a string may be whose characters are taken for the
// arguments: each of them takes much more memory than one byte.
const maxUnpacked = 10_000
