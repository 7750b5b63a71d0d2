//go:build unix

package render_test

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"tracrpc/auth"
)

// BenchmarkTrac renders the pages that come with Trac one by one, and says how
// many times the processor time that Trac took was recorded to be.
func BenchmarkTrac(b *testing.B) {
	folder := casesFolder(b)
	r := recordedRenderer(b, folder, false)
	pages := readLines[struct {
		Page, Text string
		Took       float64 `json:"ms_trac"`
	}](b, filepath.Join(folder, "default-pages.jsonl"))
	const rounds = 20
	var ratios []float64
	ours, tracs := 0.0, 0.0
	for b.Loop() {
		ratios, ours, tracs = nil, 0, 0
		for _, p := range pages {
			start := processorTime(b)
			for range rounds {
				if _, err := r.HTML(b.Context(), admin(), recordedBase, auth.Resource{Realm: "wiki", ID: p.Page}, p.Text); err != nil {
					b.Fatal(err)
				}
			}
			took := (processorTime(b) - start).Seconds() * 1000 / rounds
			ratios = append(ratios, p.Took/max(took, 0.001))
			ours, tracs = ours+took, tracs+p.Took
			b.Logf("%-32s %8.3f ms, Trac %8.3f ms, ratio %6.0f", p.Page, took, p.Took, ratios[len(ratios)-1])
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(tracs/ours, "times-all")
	b.ReportMetric(ratios[len(ratios)/2], "times-median")
	b.ReportMetric(ratios[0], "times-least")
	b.ReportMetric(math.Round(ours/float64(len(pages))*1000)/1000, "ms/page")
	b.ReportMetric(0, "ns/op")
}
