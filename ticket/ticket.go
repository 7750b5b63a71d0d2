package ticket

// Ticket is one ticket. Time and Changetime are microseconds since 1970 UTC.
// Custom holds the custom fields that have a value, in Trac's notation
// (checkboxes "0"/"1", times as 18-digit microseconds).
type Ticket struct {
	ID         int
	Time       int64
	Changetime int64

	Summary     string
	Reporter    string
	Owner       string
	Description string
	Type        string
	Status      string
	Priority    string
	Milestone   string
	Component   string
	Version     string
	Severity    string
	Resolution  string
	Keywords    string
	CC          string

	Custom map[string]string
}
