package render_test

import (
	"path/filepath"
	"testing"

	"tracrpc/auth"
)

// BenchmarkDefaultPages renders the pages that come with Trac, one after the
// other.
func BenchmarkDefaultPages(b *testing.B) {
	folder := casesFolder(b)
	r := recordedRenderer(b, folder, false)
	pages := readLines[defaultPage](b, filepath.Join(folder, "default-pages.jsonl"))
	size := 0
	for _, p := range pages {
		size += len(p.Text)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, p := range pages {
			if _, err := r.HTML(b.Context(), admin(), recordedBase, auth.Resource{Realm: "wiki", ID: p.Page}, p.Text); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(pages)), "ms/page")
}
