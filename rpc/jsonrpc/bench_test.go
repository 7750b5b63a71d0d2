package jsonrpc

import (
	"strings"
	"testing"
	"time"

	"tracrpc/rpc"
)

const getCall = `{"method": "ticket.get", "params": [1234], "id": 17}`

// updateCall is as Python writes it: a comment of some lines and six attributes.
var updateCall = `{"method": "ticket.update", "params": [1234, "` + strings.Repeat(`A comment of \"some\" lines & entities <like> these.\n`, 10) + `", ` +
	`{"action": "leave", "_ts": "1577872800000000", "priority": "major", "milestone": "milestone1", "keywords": "a b c", "cc": "joe, jane"}, false], "id": 17}`

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

func BenchmarkReadGet(b *testing.B)    { benchmarkRead(b, getCall) }
func BenchmarkReadUpdate(b *testing.B) { benchmarkRead(b, updateCall) }

func benchmarkRead(b *testing.B, body string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if request, _ := read(body); request.Err != nil {
			b.Fatal(request.Err)
		}
	}
}

func BenchmarkEncodeTicket(b *testing.B) {
	f, outcomes := form{calls: []callForm{{id: 17}}}, []rpc.Outcome{ticket()}
	buffer := f.appendAnswer(nil, outcomes, nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(buffer)))
	for b.Loop() {
		buffer = f.appendAnswer(buffer[:0], outcomes, nil)
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	f, outcomes := form{calls: []callForm{{id: 17}}}, []rpc.Outcome{ticket()}
	buffer := f.appendAnswer(nil, outcomes, nil)
	if n := testing.AllocsPerRun(100, func() { buffer = f.appendAnswer(buffer[:0], outcomes, nil) }); n != 0 {
		t.Errorf("writing a ticket allocates %v times, want 0", n)
	}
}
