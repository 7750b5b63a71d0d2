//go:build unix

package markup_test

import (
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"tracrpc/wiki/markup"
)

// TestGrowth measures that twice the text takes not much more than twice the
// time. It counts the processor's time and takes the fastest of several runs,
// since machines have other things to do, and leaves out what is too fast to be measured.
func TestGrowth(t *testing.T) {
	if testing.Short() {
		t.Skip("measuring takes a while")
	}
	const small, large = 16 << 10, 64 << 10
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector's time is not ours to measure
	for name, unit := range worst {
		t.Run(name, func(t *testing.T) {
			a, b := fastest(t, strings.Repeat(unit, small/len(unit))), fastest(t, strings.Repeat(unit, large/len(unit)))
			t.Logf("%v, %v", a, b)
			if b > 10*time.Millisecond && float64(b) > float64(a)*large/small*1.8 {
				t.Errorf("%d KB take %v, %d KB %v", small>>10, a, large>>10, b)
			}
		})
	}
}

func fastest(t *testing.T, text string) time.Duration {
	t.Helper()
	best := time.Hour
	for range 5 {
		runtime.GC()
		start := processorTime(t)
		toHTML(t, text, markup.Options{})
		best = min(best, processorTime(t)-start)
	}
	return best
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
