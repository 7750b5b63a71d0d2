package ticket

import "tracrpc/publish"

// Milestone is what tickets are planned for. Due and Completed are microseconds
// since 1970 UTC; 0 when they are not set.
type Milestone struct {
	Name        string `json:"name"`
	Due         int64  `json:"due"`
	Completed   int64  `json:"completed"`
	Description string `json:"description"`
}

var milestones = kind[Milestone]{
	realm: publish.Milestone,
	words: words{
		missing:      "Milestone %s does not exist.",
		missingTitle: "Invalid milestone name.",
		taken:        `Milestone "%s" already exists.`,
		noName:       "Invalid milestone name.",
		noUpdate:     "Invalid milestone name.",
		noDelete:     "Invalid milestone name.",
	},
	id:     func(m Milestone) string { return m.Name },
	name:   func(m *Milestone) *string { return &m.Name },
	attach: true,
	choice: func(m Milestone) Choice {
		return Choice{Field: "milestone", Name: m.Name, Due: m.Due, Completed: m.Completed}
	},
}
