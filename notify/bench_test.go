package notify_test

import (
	"fmt"
	"strings"
	"testing"

	"tracrpc/notify"
)

// BenchmarkWrap wraps texts that are hard to divide, of two lengths: the longer
// one takes as many times longer as it is long.
func BenchmarkWrap(b *testing.B) {
	for name, text := range map[string]string{
		"words": "several words ", "east asian": "漢字", "hyphens": "well-known-", "marks": "!-", "digits": "ab-11", "spaces": " ",
	} {
		for _, size := range []int{10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				long := strings.Repeat(text, size/len(text)) + "x"
				b.SetBytes(int64(len(long)))
				for b.Loop() {
					notify.Wrap(long, 75, " ", " ", false)
				}
			})
		}
	}
}
