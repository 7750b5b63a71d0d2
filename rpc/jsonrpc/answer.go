package jsonrpc

import (
	"strconv"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// appendAnswer writes the whole answer to a request of this form. Pieces of a long
// one go to out, unless that is nil.
func (f form) appendAnswer(dst []byte, outcomes []rpc.Outcome, out *rpc.Answer) []byte {
	calls := f.calls
	if len(calls) == 0 {
		calls = []callForm{{strict: f.strict}}
	}
	if f.batch {
		dst = append(dst, '[')
	}
	first := true
	for i, outcome := range outcomes {
		c := calls[min(i, len(calls)-1)]
		if c.silent {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = out.Piece(c.appendAnswer(dst, outcome, out))
	}
	if f.batch {
		dst = append(dst, ']')
	}
	return append(dst, '\n')
}

func (c callForm) appendAnswer(dst []byte, outcome rpc.Outcome, out *rpc.Answer) []byte {
	if !c.strict {
		if outcome.Err != nil {
			return appendError(dst, outcome.Err, c.id, alone)
		}
		dst = append(dst, `{"result": `...)
		dst = c.appendResult(dst, outcome.Value, out)
		dst = append(dst, `, "error": null, "id": `...)
		return append(appendValue(dst, c.id), '}')
	}
	if outcome.Err != nil {
		f := told(outcome.Err)
		dst = append(dst, `{"jsonrpc": "2.0", "error": {"code": `...)
		dst = strconv.AppendInt(dst, int64(kinds[f.Kind].strict), 10)
		dst = append(dst, `, "message": `...)
		dst = append(appendString(dst, f.Message), '}')
	} else {
		dst = append(dst, `{"jsonrpc": "2.0", "result": `...)
		dst = c.appendResult(dst, outcome.Value, out)
	}
	dst = append(dst, `, "id": `...)
	return append(appendValue(dst, c.id), '}')
}

// appendResult writes a result: the list of answers where it is a multicall's. When
// it sends pieces, it forgets what it has written of that.
func (c callForm) appendResult(dst []byte, value any, out *rpc.Answer) []byte {
	outcomes, ok := value.([]rpc.Outcome)
	if !ok || !c.multi {
		return appendValue(dst, value)
	}
	dst = append(dst, '[')
	for i, outcome := range outcomes {
		if i > 0 {
			dst = append(out.Piece(dst), ", "...)
		}
		if out != nil {
			outcomes[i].Value = nil
		}
		id := c.id
		if i < len(c.ids) && rpc.Truth(c.ids[i]) {
			id = c.ids[i]
		}
		if outcome.Err != nil {
			dst = appendError(dst, outcome.Err, id, inside)
			continue
		}
		dst = append(dst, `{"result": `...)
		dst = appendValue(dst, outcome.Value)
		dst = append(dst, `, "error": null, "id": `...)
		dst = append(appendValue(dst, id), '}')
	}
	return append(dst, ']')
}

// place says where an error is told: in an answer of its own, or inside a
// multicall's, where the reference leaves the prefixes out.
type place bool

const (
	alone  place = false
	inside place = true
)

// appendError writes an answer in Trac's dialect that is an error.
func appendError(dst []byte, err error, id any, where place) []byte {
	f := told(err)
	message := f.Message
	if where == alone {
		message = kinds[f.Kind].prefix + message
	}
	dst = append(dst, `{"result": null, "id": `...)
	dst = appendValue(dst, id)
	dst = append(dst, `, "error": {"name": "JSONRPCError", "code": `...)
	dst = strconv.AppendInt(dst, int64(kinds[f.Kind].code), 10)
	dst = append(dst, `, "message": `...)
	return append(appendString(dst, message), "}}"...)
}

// kinds are the codes of the kinds of faults, in Trac's dialect and in 2.0, and
// what stands before their messages in the former: the names of the reference's
// exceptions, which its clients have learned to cut off.
var kinds = map[fault.Kind]struct {
	code, strict int
	prefix       string
}{
	fault.Invalid:   {-32603, -32603, ""},
	fault.NotFound:  {404, 404, ""},
	fault.Forbidden: {403, 403, ""},
	fault.BadCall:   {-32603, -32602, "ServiceException details : "},
	fault.NoMethod:  {-32601, -32601, ""},
	fault.NoName:    {-32603, -32600, "ProtocolException details : "},
	fault.Parse:     {-32700, -32700, "JsonProtocolException details : "},
	fault.TooLarge:  {-32700, -32700, "JsonProtocolException details : "},
	fault.Internal:  {-32603, -32603, "ServiceException details : "},
}

// told is the fault that err is; an error that is none tells nothing of itself.
func told(err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		return f
	}
	return fault.New(fault.Internal, "The server could not carry out the call.")
}
