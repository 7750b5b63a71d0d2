package render_test

import (
	"path/filepath"
	"testing"

	"tracrpc/wiki/markup"
)

// TestSanitizerCases runs Trac's own cases for its sanitiser. Ours reads the
// tree and balances it, so it is compared by what a browser sees.
func TestSanitizerCases(t *testing.T) {
	folder := casesFolder(t)
	type auxCase struct {
		ID, Kind, Test, Input string
		Expected              string `json:"expected_html"`
		Options               struct {
			Schemes []string `json:"safe_schemes"`
			Origins []string `json:"safe_origins"`
		}
	}
	s := score{name: "sanitizer cases", floorDOM: 73}
	for _, c := range readLines[auxCase](t, filepath.Join(folder, "aux-cases.jsonl")) {
		if c.Kind != "sanitize" {
			continue
		}
		policy := markup.Policy{Schemes: c.Options.Schemes, Origins: c.Options.Origins}
		s.add(t, c.ID+" "+c.Test, c.Input, c.Expected, policy.Sanitize(c.Input))
	}
	s.check(t)
}
