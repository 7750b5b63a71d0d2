package ticket

import (
	"context"

	"tracrpc/auth"
	"tracrpc/publish"
)

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

// ViewMilestone is nil, or the Forbidden fault for a milestone that a policy
// withholds from who. Without such policies everybody who may view tickets may
// see the milestones, as in the reference, which does not ask for MILESTONE_VIEW.
func ViewMilestone(ctx context.Context, who auth.Principal, name string) error {
	on := auth.Resource{Realm: publish.Milestone, ID: name}
	withheld, err := who.Withheld(ctx, "MILESTONE_VIEW", on)
	if err == nil && withheld {
		err = auth.Forbidden("MILESTONE_VIEW", on)
	}
	return err
}
