package rpc

import (
	"net/http"

	gorilla "github.com/gorilla/rpc/v2"
)

// Protocol is one way of putting calls into HTTP bodies. It is all that a
// package under rpc/ has to offer: adding one to the handler's list serves it.
type Protocol struct {
	Name         string   // as the docs page heads it: "XML-RPC"
	Paths        []string // below / and /login/, besides "rpc": "xmlrpc"
	ContentTypes []string // beginnings of the Content-Types it answers to: "text/xml"
	Help         string   // how to call it, as wiki text; {url} stands for the environment's URL

	// Codec reads and writes the bodies. Its CodecRequest's ReadRequest is given
	// a *Request to fill, its WriteResponse the *Response for it. Whatever is
	// wrong with a body is reported by Request.Err, never by ReadRequest's error:
	// each protocol has its own words for it, and HTTP says 200.
	Codec gorilla.Codec

	// WriteFault writes a whole answer that is nothing but the fault err, with HTTP
	// status 200, for when there is no call to answer. The Content-Type is set by
	// the caller.
	WriteFault func(w http.ResponseWriter, err error)

	// Refuse writes the same as the body of a refused login, for clients that read
	// a body whatever its status is. It is nil where a refusal has no body.
	Refuse func(w http.ResponseWriter, status int, err error)
}

// Request is the body of one HTTP request: the argument of the one method that
// gorilla/rpc knows.
type Request struct {
	Calls []Invocation
	Err   error // the body could not be read: a fault of kind Parse, NoName or TooLarge
}

// Invocation is one call as it was sent.
type Invocation struct {
	Method string
	Params []any
	Named  Struct // the arguments by name, from a protocol that has that, in place of Params
	Err    error  // this element of a batch could not be read; it is answered with this fault
}

// Response is what became of a Request: Outcomes[i] answers Calls[i]. When
// Request.Err was set there is one outcome, with that error.
type Response struct {
	Outcomes []Outcome
}
