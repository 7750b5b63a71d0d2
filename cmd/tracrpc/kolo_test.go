package main

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kolo/xmlrpc"
)

// kolo calls with the client that Go programs use, github.com/kolo/xmlrpc.
type kolo struct{ *xmlrpc.Client }

func newKolo(t *testing.T, address, user, password string) kolo {
	t.Helper()
	c, err := xmlrpc.NewClient(strings.Replace(address, "://", "://"+user+":"+password+"@", 1)+"/login/xmlrpc", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return kolo{c}
}

// call fails the test when the call fails, and returns the answer.
func (c kolo) call(t *testing.T, method string, arguments ...any) any {
	t.Helper()
	var answer any
	if err := c.Call(method, arguments, &answer); err != nil {
		t.Fatalf("%s(%v): %v", method, arguments, err)
	}
	return answer
}

// fault is the fault that a call is answered with.
func (c kolo) fault(t *testing.T, method string, arguments ...any) string {
	t.Helper()
	var answer any
	err := c.Call(method, arguments, &answer)
	if err == nil {
		t.Fatalf("%s(%v) = %v, want a fault", method, arguments, answer)
	}
	return err.Error()
}

func TestKolo(t *testing.T) {
	t.Parallel()
	address := serveTest(t, testEnvironment(t))
	c := newKolo(t, address, "admin", "admin")
	const text = "Grüße, 日本 😀 <b>&amp;</b>\nsecond line"
	id := c.call(t, "ticket.create", "Kolo – ünï", text, map[string]any{"type": "task"})

	ticket := c.call(t, "ticket.get", id).([]any)
	fields := ticket[3].(map[string]any)
	if ticket[0] != id || fields["description"] != text || fields["status"] != "new" {
		t.Errorf("ticket.get(%v) = %v", id, ticket)
	}
	if created, ok := ticket[1].(time.Time); !ok || created != ticket[2] {
		t.Errorf("created %v, changed %v, want the same time", ticket[1], ticket[2])
	}
	after := c.call(t, "ticket.update", id, "done", map[string]any{"action": "resolve", "_ts": fields["_ts"],
		"action_resolve_resolve_resolution": "fixed"}).([]any)[3].(map[string]any)
	if after["status"] != "closed" || after["resolution"] != "fixed" {
		t.Errorf("resolve left status %v, resolution %v", after["status"], after["resolution"])
	}
	for _, row := range c.call(t, "ticket.changeLog", id).([]any) {
		if _, ok := row.([]any)[5].(int64); !ok { // clients of kolo's end in a panic over a boolean
			t.Errorf("changeLog row %v does not end with a number", row)
		}
	}

	data := strings.Repeat("\x00\x01\xfe\xff", 20_000)
	encoded := xmlrpc.Base64(base64.StdEncoding.EncodeToString([]byte(data)))
	c.call(t, "ticket.putAttachment", id, "k.bin", "d", encoded, true)
	back, err := base64.StdEncoding.DecodeString(c.call(t, "ticket.getAttachment", id, "k.bin").(string))
	if err != nil || string(back) != data {
		t.Errorf("the attachment came back with %d bytes (%v), want the %d sent", len(back), err, len(data))
	}

	if got := c.call(t, "wiki.putPage", "KoloPage", "kolo text", map[string]any{"comment": "c"}); got != true {
		t.Errorf("putPage = %v", got)
	}
	if got := c.call(t, "wiki.getPage", "KoloPage", 1); got != "kolo text" {
		t.Errorf("getPage = %v", got)
	}
	testKoloMulticall(t, c, id)
	testKoloFaults(t, address, c, id)
}

func testKoloMulticall(t *testing.T, c kolo, id any) {
	t.Helper()
	type call = map[string]any
	answers := c.call(t, "system.multicall", []any{
		call{"methodName": "ticket.milestone.getAll", "params": []any{}},
		call{"methodName": "ticket.get", "params": []any{999999}},
		call{"methodName": "ticket.query", "params": []any{"order=id"}},
	}).([]any)
	want := []any{[]any{[]any{"milestone1", "milestone2", "milestone3", "milestone4"}}, []any{[]any{id}}}
	if diff := cmp.Diff(want, []any{answers[0], answers[2]}); diff != "" {
		t.Errorf("multicall (-want +got):\n%s", diff)
	}
	failed, _ := answers[1].(map[string]any)
	if failed["faultCode"] != int64(404) || failed["faultString"] != "Ticket 999999 does not exist." {
		t.Errorf("the failed call is answered with %v", answers[1])
	}
}

func testKoloFaults(t *testing.T, address string, c kolo, id any) {
	t.Helper()
	for _, test := range []struct{ got, want string }{
		{c.fault(t, "ticket.get", 999999), "Fault(404): Ticket 999999 does not exist."},
		{c.fault(t, "no.such"), `Fault(-32601): RPC method "no.such" not found`},
		{c.fault(t, "wiki.getPage", "NoSuchPage"), `Fault(404): Wiki page "NoSuchPage" does not exist`},
		{newKolo(t, address, "user", "user").fault(t, "ticket.delete", id), "Fault(403): TICKET_ADMIN privileges are " +
			"required to perform this operation on Ticket #1. You don't have the required permissions."},
		{newKolo(t, address, "admin", "wrong").fault(t, "system.listMethods"), "request error: bad status code - 401"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
