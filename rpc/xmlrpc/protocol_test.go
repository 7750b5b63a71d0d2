package xmlrpc

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tracrpc/fault"
	"tracrpc/rpc"
)

func TestCodec(t *testing.T) {
	t.Parallel()
	p := Protocol(rpc.DefaultLimits())
	body := "<methodCall><methodName>ticket.get</methodName><params><param><value><int>1</int></value></param></params></methodCall>"
	r := httptest.NewRequest("POST", "/rpc", strings.NewReader(body))
	codec := p.Codec.NewRequest(r)
	var request rpc.Request
	if err := codec.ReadRequest(&request); err != nil || request.Err != nil {
		t.Fatalf("ReadRequest: %v, %v", err, request.Err)
	}
	if len(request.Calls) != 1 || request.Calls[0].Method != "ticket.get" || request.Calls[0].Params[0] != 1 {
		t.Errorf("ReadRequest read %v", request.Calls)
	}
	for range 2 { // the second answer is written into the buffer of the first
		w := httptest.NewRecorder()
		codec.WriteResponse(w, &rpc.Response{Outcomes: []rpc.Outcome{{Value: strings.Repeat("x", 5000)}}})
		want := string(appendResponse(nil, rpc.Outcome{Value: strings.Repeat("x", 5000)}, nil))
		if w.Code != http.StatusOK || w.Body.String() != want || w.Result().ContentLength != int64(len(want)) {
			t.Errorf("WriteResponse wrote %d, %d bytes, Content-Length %d", w.Code, w.Body.Len(), w.Result().ContentLength)
		}
	}
}

func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	codec := Protocol(rpc.DefaultLimits()).Codec.NewRequest(httptest.NewRequest("POST", "/rpc", strings.NewReader("nonsense")))
	var request rpc.Request
	if err := codec.ReadRequest(&request); err != nil || !fault.Is(request.Err, fault.Parse) {
		t.Errorf("ReadRequest: %v, %v, want a fault in the request", err, request.Err)
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Protocol(rpc.DefaultLimits()).Refuse(w, http.StatusUnauthorized, fault.New(fault.Forbidden, "Log in."))
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "<value><int>403</int></value>") {
		t.Errorf("Refuse wrote %d %s", w.Code, w.Body)
	}
}
