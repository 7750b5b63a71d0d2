package tracim

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkFanOut sends events to many clients, each of which reads as the Go SDK
// does. It tells how many deliveries a second there are, readers and all.
//
//	go test ./publish/sink/tracim -run '^$' -bench FanOut -benchtime 200x
func BenchmarkFanOut(b *testing.B) {
	for _, clients := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(clients, " clients"), func(b *testing.B) { fanOut(b, clients) })
	}
}

func fanOut(b *testing.B, clients int) {
	x := serve(b, nil)
	var delivered atomic.Int64
	var done sync.WaitGroup
	for i := range clients {
		path := filepath.Join(x.dir, fmt.Sprint(i))
		listener, err := net.Listen("unix", path)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { listener.Close() })
		done.Add(1)
		go countEvents(listener, b.N, &delivered, done.Done) // ends with the listener
		x.send(fmt.Sprintf(`{"path":%q,"type":"daemon_client_add","data":{"path":%q,"pid":"1"}}`, path, path))
	}
	await(b, "all register", func() bool { return x.attendance.Report().Now == int64(clients) })
	b.ResetTimer()
	began := time.Now()
	x.shelf.write(b.N)
	done.Wait()
	b.ReportMetric(float64(delivered.Load())/time.Since(began).Seconds(), "deliveries/s")
}

func countEvents(l net.Listener, all int, delivered *atomic.Int64, done func()) {
	buffer := make([]byte, 4096)
	for n := 0; ; {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		size, err := conn.Read(buffer)
		conn.Close()
		if err == nil && bytes.Contains(buffer[:size], []byte(`"daemon_tracim_event"`)) {
			delivered.Add(1)
			if n++; n == all {
				done()
			}
		}
	}
}
