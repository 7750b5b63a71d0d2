package stream

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkFanOut sends events of about 1 KB to many subscribers. It tells how
// many deliveries a second there are, readers and all, and how long one takes.
//
//	go test ./publish/sink/stream -run '^$' -bench FanOut -benchtime 300x
func BenchmarkFanOut(b *testing.B) {
	for _, subscribers := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprintf("%d at once", subscribers), func(b *testing.B) { fanOut(b, subscribers, 0) })
		b.Run(fmt.Sprintf("%d, 50 events a second", subscribers), func(b *testing.B) { fanOut(b, subscribers, 20*time.Millisecond) })
	}
}

func fanOut(b *testing.B, subscribers int, pace time.Duration) {
	x := serve(b, Settings{}, func(o *Options) { o.Alive = time.Minute })
	var reading sync.WaitGroup
	var mu sync.Mutex
	var waits []time.Duration
	written := make([]time.Time, b.N)
	for i := range subscribers {
		conn, err := net.Dial("tcp", x.addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		// Ends with the last event.
		reading.Go(func() {
			buffer := make([]byte, 64<<10)
			for seen := 0; seen < b.N; {
				n, err := conn.Read(buffer)
				if err != nil {
					b.Error(err)
					return
				}
				seen += bytes.Count(buffer[:n], []byte("}\r\n\r\n"))
				if strings.Contains(string(buffer[:min(n, 600)]), `"stillalive"`) {
					seen--
				}
				if i%50 == 0 && seen > 0 {
					mu.Lock()
					waits = append(waits, time.Since(written[seen-1]))
					mu.Unlock()
				}
			}
		})
	}
	await(b, "all subscribe", func() bool { return x.Stats().Subscribers == subscribers })
	text := strings.Repeat("x", 400)
	b.ResetTimer()
	began := time.Now()
	for n := range b.N {
		if pace > 0 {
			<-time.After(pace)
		}
		written[n] = time.Now()
		x.shelf.writeTicket(n%900+1, text)
	}
	reading.Wait()
	b.ReportMetric(float64(subscribers*b.N)/time.Since(began).Seconds(), "deliveries/s")
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100].Milliseconds()), "p99-ms")
}
