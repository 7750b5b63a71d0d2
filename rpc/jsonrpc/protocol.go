// Package jsonrpc puts calls into JSON-RPC bodies and reads them from there, in
// the two dialects that share the Content-Type.
//
// Trac's own dialect is like JSON-RPC 1.0: the answer always has result, error
// and id; the id is any value and comes back as it was, null when there was none;
// params that are missing, null, "", false or {} are no arguments; an object is
// its keys and a string its characters, as in Python's f(*params). Dates and
// bytes are objects whose only member is __jsonclass__. The answers have the
// layout of Python's json.dumps.
//
// A request object that says "jsonrpc": "2.0", in these very words, is JSON-RPC
// 2.0: its answer has either result or error; without an id it is a notification
// and not answered; its params may be named; and what is no request in the sense
// of the specification is refused. An array is a batch when at least one of its
// elements is such an object; elements that are not are refused one by one. Any
// other array is refused as a whole, as the reference does. A body that is no
// JSON is answered as 2.0 when it has the words in it. All other spellings of
// the member, such as "jsonrpc": 2, are ignored like any unknown member.
//
// system.multicall takes its calls as its params, in both dialects, and answers
// with a list of Trac's own answers.
package jsonrpc

import (
	"context"
	"io"
	"net/http"
	"sync"

	gorilla "github.com/gorilla/rpc/v2"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// Protocol is JSON-RPC, with bodies within limits.
func Protocol(limits rpc.Limits) rpc.Protocol {
	c := &codec{limits: limits}
	c.buffers.New = func() any { return new([]byte) }
	return rpc.Protocol{
		Name:         "JSON-RPC",
		Paths:        []string{"jsonrpc"},
		ContentTypes: []string{"application/json"},
		Help:         help,
		Codec:        c,
		WriteFault:   c.writeFault,
	}
}

const help = `A call is a JSON object with ` + "`method`, `params` and `id`" + `:

{{{
$ curl --user user --header "Content-Type: application/json" {url}/login/rpc \
    --data '{"method": "ticket.query", "params": ["owner=user"], "id": 123}'
{"result": [1, 7], "error": null, "id": 123}
}}}

JSON has no dates and no bytes, so they are written as objects:

 * ` + "`{\"__jsonclass__\": [\"datetime\", \"2026-01-31T12:00:00\"]}`" + ` is a DateTime, in UTC;
 * ` + "`{\"__jsonclass__\": [\"binary\", \"aGVsbG8=\"]}`" + ` is a Binary, in base64.

A call that says ` + "`\"jsonrpc\": \"2.0\"`" + ` is answered as JSON-RPC 2.0 demands, with its batches, notifications and
named params.`

// largestKept is the size up to which a buffer is kept for the next answer.
const largestKept = 1 << 20

// codec makes the requests; its buffers hold answers while they are written.
type codec struct {
	limits  rpc.Limits
	buffers sync.Pool
}

func (c *codec) NewRequest(r *http.Request) gorilla.CodecRequest {
	return &request{codec: c, body: r.Body, ctx: r.Context()}
}

// request is one HTTP request, and remembers how its answer has to look.
type request struct {
	codec *codec
	body  io.Reader
	ctx   context.Context // the HTTP request's, for as long as this one
	form  form
}

// Method has no answer yet: gorilla/rpc asks before the body is read, and the
// names in it are none that it could look up.
func (q *request) Method() (string, error) { return "", nil }

// ReadRequest fills a *rpc.Request. Its error is always nil: what is wrong with
// the body is the request's Err.
func (q *request) ReadRequest(args any) error {
	in := args.(*rpc.Request)
	body, err := rpc.ReadText(q.body)
	if err != nil {
		in.Err = fault.New(fault.Parse, "the body could not be read")
		return nil
	}
	*in, q.form = readWithin(q.ctx, body, q.codec.limits)
	return nil
}

// WriteResponse writes the *rpc.Response for all calls of the request; nothing
// with status 204 when they are notifications.
func (q *request) WriteResponse(w http.ResponseWriter, reply any) {
	outcomes := reply.(*rpc.Response).Outcomes
	if q.form.silent() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q.codec.write(w, http.StatusOK, q.form, outcomes)
}

// WriteError answers what gorilla/rpc itself refuses.
func (q *request) WriteError(w http.ResponseWriter, _ int, err error) {
	q.codec.writeFault(w, err)
}

func (c *codec) writeFault(w http.ResponseWriter, err error) {
	c.write(w, http.StatusOK, form{}, []rpc.Outcome{{Err: err}})
}

func (c *codec) write(w http.ResponseWriter, status int, f form, outcomes []rpc.Outcome) {
	buffer := c.buffers.Get().(*[]byte)
	out := rpc.NewAnswer(w, status)
	answer := f.appendAnswer((*buffer)[:0], outcomes, out)
	out.End(answer)
	if cap(answer) <= largestKept {
		*buffer = answer
		c.buffers.Put(buffer)
	}
}
