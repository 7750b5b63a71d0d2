package xmlrpc

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// The wanted bytes are what Python's xmlrpclib writes.
func TestAppendValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, "<string></string>"},
		{"text", "a < b > c & \"d\" 'e'\r\n", "<string>a &lt; b &gt; c &amp; \"d\" 'e'\r\n</string>"},
		{"text beyond ASCII", "é日😀\u0085\ufffd", "<string>é日😀\u0085\ufffd</string>"},
		{"control characters", "\x00\x08\t\x0b\x1f\x7f\u0080\u0084\u0086\u009f", "<string>��\t�������</string>"},
		{"noncharacters", "\ufdcf\ufdd0\ufddf\ufde0\ufffe\uffff\U0001fffe\U0010ffff\U0010fffd", "<string>\ufdcf��\ufde0����\U0010fffd</string>"},
		{"no UTF-8", "a\xffb\xe2\x82", "<string>a�b��</string>"},
		{"int", 1, "<int>1</int>"},
		{"int beyond 32 bits", math.MaxInt32 + 1, "<i8>2147483648</i8>"},
		{"boolean", true, "<boolean>1</boolean>"},
		{"boolean, false", false, "<boolean>0</boolean>"},
		{"double", 1000.0, "<double>1000.0</double>"},
		{"date", time.Date(2020, 1, 1, 11, 0, 0, 5, time.FixedZone("", 3600)), "<dateTime.iso8601>20200101T10:00:00</dateTime.iso8601>"},
		{"early date", time.Date(1, 2, 3, 4, 5, 6, 0, time.UTC), "<dateTime.iso8601>00010203T04:05:06</dateTime.iso8601>"},
		{"binary", bytes.Repeat([]byte{0}, 58), "<base64>\n" + strings.Repeat("A", 76) + "\nAA==\n</base64>"},
		{"binary, empty", []byte{}, "<base64>\n</base64>"},
		{"array", []any{"a", 1}, "<array><data>\n<value><string>a</string></value>\n<value><int>1</int></value>\n</data></array>"},
		{"array, empty", []any{}, "<array><data>\n</data></array>"},
		{"struct", rpc.Struct{{Name: "a&b", Value: nil}}, "<struct>\n<member>\n<name>a&amp;b</name>\n<value><string></string></value>\n</member>\n</struct>"},
		{"struct, empty", rpc.Struct{}, "<struct>\n</struct>"},
	}
	for _, test := range tests {
		if got, want := string(appendValue(nil, test.value)), "<value>"+test.want+"</value>\n"; got != want {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

func TestAppendResponse(t *testing.T) {
	t.Parallel()
	got := string(appendResponse(nil, rpc.Outcome{Value: 1}, nil))
	want := "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><int>1</int></value>\n</param>\n</params>\n</methodResponse>\n"
	if got != want {
		t.Errorf("a value is %q, want %q", got, want)
	}
	got = string(appendResponse(nil, rpc.Outcome{Method: "ticket.get", Err: fault.New(fault.NotFound, "Ticket 99 does not exist.")}, nil))
	want = "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>404</int></value>\n</member>\n<member>\n<name>faultString</name>\n<value><string>Ticket 99 does not exist.</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n"
	if got != want {
		t.Errorf("a fault is %q, want %q", got, want)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    error
		method string
		code   int
		text   string
	}{
		{fault.New(fault.Invalid, "Tickets must contain a summary."), "ticket.create", 1, "'Tickets must contain a summary.' while executing 'ticket.create()'"},
		{fault.New(fault.BadCall, "no"), "ticket.get", 1, "'no' while executing 'ticket.get()'"},
		{fault.New(fault.NoName, "Missing method name"), "", 1, "'Missing method name' while executing 'None()'"},
		{fault.New(fault.NotFound, "Ticket 9 does not exist."), "ticket.get", 404, "Ticket 9 does not exist."},
		{fault.New(fault.Forbidden, "no"), "ticket.get", 403, "no"},
		{fault.New(fault.NoMethod, `RPC method "a" not found`), "a", -32601, `RPC method "a" not found`},
		{fault.New(fault.Parse, "no"), "", -32700, "no"},
		{fault.New(fault.TooLarge, "no"), "", -32700, "no"},
		{fault.New(fault.Internal, "no"), "a", 1, "'no' while executing 'a()'"},
		{errors.New("a secret"), "a", 1, "'The server could not carry out the call.' while executing 'a()'"},
	}
	for _, test := range tests {
		f := told(test.err)
		if code, text := codes[f.Kind], faultString(f, test.method); code != test.code || text != test.text {
			t.Errorf("%v in %q is %d %s, want %d %s", test.err, test.method, code, text, test.code, test.text)
		}
	}
}

func TestMulticall(t *testing.T) {
	t.Parallel()
	got := string(appendValue(nil, []rpc.Outcome{
		{Method: "a", Value: []any{1}},
		{Method: "ticket.create", Err: fault.New(fault.Invalid, "no <b>")},
	}))
	want := string(appendValue(nil, []any{
		[]any{[]any{1}},
		rpc.Struct{
			{Name: "faultCode", Value: 1}, {Name: "faultString", Value: "'no <b>' while executing 'ticket.create()'"},
			{Name: "_message", Value: "no <b>"}, {Name: "title", Value: "Trac Error"}, {Name: "show_traceback", Value: false},
		},
	}))
	if got != want {
		t.Errorf("a multicall's answer is\n%s\nwant\n%s", got, want)
	}
}
