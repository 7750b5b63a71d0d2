package ticket

import "time"

// SetNow stops the clock of s for a test.
func (s *Service) SetNow(now func() time.Time) { s.now = now }

// CompareNatural is compareNatural, for tests.
func CompareNatural(a, b string) int { return compareNatural(a, b) }
