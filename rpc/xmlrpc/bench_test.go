package xmlrpc

import (
	"strings"
	"testing"
	"time"

	"tracrpc/rpc"
)

const getCall = "<?xml version='1.0'?>\n<methodCall>\n<methodName>ticket.get</methodName>\n<params>\n<param>\n<value><int>1234</int></value>\n</param>\n</params>\n</methodCall>\n"

// updateCall is as Python writes it: a comment of some lines and six attributes.
var updateCall = document(rpc.Invocation{Method: "ticket.update", Params: []any{
	1234,
	strings.Repeat("A comment of \"some\" lines & entities <like> these.\n", 10),
	rpc.Struct{
		{Name: "action", Value: "leave"}, {Name: "_ts", Value: "1577872800000000"}, {Name: "priority", Value: "major"},
		{Name: "milestone", Value: "milestone1"}, {Name: "keywords", Value: "a b c"}, {Name: "cc", Value: "joe, jane"},
	},
	false,
}})

func ticket() rpc.Outcome {
	day := time.Date(2020, 1, 1, 10, 0, 0, 0, time.UTC)
	return rpc.Outcome{Method: "ticket.get", Value: []any{1234, day, day, rpc.Struct{
		{Name: "summary", Value: "The door squeaks"}, {Name: "reporter", Value: "joe"}, {Name: "owner", Value: "jane"},
		{Name: "description", Value: strings.Repeat("It squeaks when it is <opened>, and when it is closed.\r\n", 20)},
		{Name: "type", Value: "defect"}, {Name: "status", Value: "new"}, {Name: "priority", Value: "major"},
		{Name: "milestone", Value: "milestone1"}, {Name: "component", Value: "component1"}, {Name: "version", Value: "1.0"},
		{Name: "resolution", Value: ""}, {Name: "keywords", Value: "door"}, {Name: "cc", Value: ""},
		{Name: "time", Value: day}, {Name: "changetime", Value: day}, {Name: "_ts", Value: "1577872800000000"},
	}}}
}

func BenchmarkParseGet(b *testing.B)    { benchmarkParse(b, getCall) }
func BenchmarkParseUpdate(b *testing.B) { benchmarkParse(b, updateCall) }

func benchmarkParse(b *testing.B, body string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeTicket(b *testing.B) {
	outcome := ticket()
	buffer := appendResponse(nil, outcome, nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(buffer)))
	for b.Loop() {
		buffer = appendResponse(buffer[:0], outcome, nil)
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	outcome := ticket()
	buffer := appendResponse(nil, outcome, nil)
	if n := testing.AllocsPerRun(100, func() { buffer = appendResponse(buffer[:0], outcome, nil) }); n != 0 {
		t.Errorf("writing a ticket allocates %v times, want 0", n)
	}
}
