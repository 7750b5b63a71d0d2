// Package xmlrpc puts calls into XML-RPC bodies and reads them from there. What
// it writes has the layout of Python's xmlrpclib to the byte, because clients of
// Trac's XmlRpcPlugin have been seen to read it with grep. What it reads is all
// that xmlrpclib reads, and dates in more notations; but no DTD, and so no
// entities beside the five of XML. It uses neither encoding/xml nor reflection.
package xmlrpc

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	gorilla "github.com/gorilla/rpc/v2"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// Protocol is XML-RPC, with bodies within limits.
func Protocol(limits rpc.Limits) rpc.Protocol {
	c := &codec{limits: limits}
	c.buffers.New = func() any { return new([]byte) }
	return rpc.Protocol{
		Name:         "XML-RPC",
		Paths:        []string{"xmlrpc"},
		ContentTypes: []string{"application/xml", "text/xml"},
		Help:         help,
		Codec:        c,
		WriteFault:   c.writeFault,
		Refuse:       c.refuse,
	}
}

const help = `Every language has a client for XML-RPC. With Python's:

{{{
#!python
>>> from xmlrpc.client import ServerProxy
>>> trac = ServerProxy("{url}/login/rpc".replace("://", "://user:password@"))
>>> trac.ticket.query("owner=user&status!=closed")
[1, 7]
}}}

From the shell:

{{{
$ curl --user user --header "Content-Type: text/xml" {url}/login/rpc --data '
<methodCall>
  <methodName>wiki.getPage</methodName>
  <params><param><value>WikiStart</value></param></params>
</methodCall>'
}}}

A null is read as ` + "`<nil/>`" + ` and written as an empty string. Times are UTC.`

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

// request is one HTTP request.
type request struct {
	codec *codec
	body  io.Reader
	ctx   context.Context // the HTTP request's, for as long as this one
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
	call, err := parseWithin(q.ctx, body, q.codec.limits)
	if err != nil {
		in.Err = err
		return nil
	}
	in.Calls = []rpc.Invocation{call}
	return nil
}

// WriteResponse writes the *rpc.Response for the one call of the request.
func (q *request) WriteResponse(w http.ResponseWriter, reply any) {
	q.codec.write(w, http.StatusOK, reply.(*rpc.Response).Outcomes[0])
}

// WriteError answers what gorilla/rpc itself refuses.
func (q *request) WriteError(w http.ResponseWriter, _ int, err error) {
	q.codec.writeFault(w, err)
}

func (c *codec) writeFault(w http.ResponseWriter, err error) {
	c.write(w, http.StatusOK, rpc.Outcome{Err: err})
}

// refusal goes before the fault of a refused login, for the person who finds the
// answer in a log or on a terminal.
const refusal = `<!--
This is the body of an HTTP answer that says: log in first. The fault below is for XML-RPC clients that
read a body without looking at its status. The user name and the password go into the header Authorization,
which most clients fill in when they are written into the URL: http://user:password@host/login/rpc
-->
`

// refuse writes a fault as the body of a refused login.
func (c *codec) refuse(w http.ResponseWriter, status int, err error) {
	answer := appendResponse(nil, rpc.Outcome{Err: err}, nil)
	answer = slices.Insert(answer, len(declaration), []byte(refusal)...)
	rpc.NewAnswer(w, status).End(answer)
}

// write writes an answer and keeps its buffer for the next one.
func (c *codec) write(w http.ResponseWriter, status int, outcome rpc.Outcome) {
	buffer := c.buffers.Get().(*[]byte)
	out := rpc.NewAnswer(w, status)
	answer := appendResponse((*buffer)[:0], outcome, out)
	out.End(answer)
	if cap(answer) <= largestKept {
		*buffer = answer
		c.buffers.Put(buffer)
	}
}
