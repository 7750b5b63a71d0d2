package render_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"tracrpc/wiki/render"
)

// world is an environment in memory: the lookups that the tests give a renderer.
type world struct {
	pages       []pageState
	tickets     []ticketState
	milestones  []milestoneState
	attachments []attachmentState
	reports     []reportState

	choices map[string][]string // what the selects offer
	custom  []string            // the names of custom fields
}

type pageState struct {
	Name, Text string
	Version    int
	Time       time.Time
}

type ticketState struct {
	ID                                                       int
	Type, Status, Summary, Resolution                        string
	Owner, Reporter, Priority, Milestone, Component, Version string
	Keywords                                                 string
	Custom                                                   map[string]string
	Comments                                                 []struct{ Author, Text string }
	Changes                                                  []struct{ Field, Oldvalue string }
}

type milestoneState struct {
	Name           string
	Due, Completed *time.Time
}

type attachmentState struct {
	Type, Realm, ID, Filename string
	Description               string
}

type reportState struct{ ID int }

func (w *world) Existing(_ context.Context, names []string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, p := range w.pages {
		if slices.Contains(names, p.Name) {
			found[p.Name] = true
		}
	}
	return found, nil
}

func (w *world) Names(_ context.Context, prefix string) ([]string, error) {
	var names []string
	for _, p := range w.pages {
		if strings.HasPrefix(p.Name, prefix) && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names, nil
}

func (w *world) Recent(_ context.Context, prefix string, limit int) ([]render.PageVersion, error) {
	last := map[string]render.PageVersion{}
	for _, p := range w.pages {
		if v := last[p.Name]; strings.HasPrefix(p.Name, prefix) && p.Version >= v.Version {
			last[p.Name] = render.PageVersion{Name: p.Name, Version: p.Version, Time: p.Time.UnixMicro()}
		}
	}
	var list []render.PageVersion
	for _, v := range last {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b render.PageVersion) int {
		if a.Time != b.Time {
			return int(b.Time/1e6 - a.Time/1e6)
		}
		return strings.Compare(a.Name, b.Name)
	})
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list, nil
}

func (w *world) Text(_ context.Context, name string) (string, error) {
	text := ""
	for _, p := range w.pages {
		if p.Name == name {
			text = p.Text
		}
	}
	return text, nil
}

func (w *world) Briefs(_ context.Context, ids []int) (map[int]render.Brief, error) {
	found := map[int]render.Brief{}
	for _, t := range w.tickets {
		if slices.Contains(ids, t.ID) {
			found[t.ID] = render.Brief{
				ID: t.ID, Type: t.Type, Summary: t.Summary, Status: t.Status, Resolution: t.Resolution,
			}
		}
	}
	return found, nil
}

func (w *world) Comments(_ context.Context, refs []render.CommentRef) (map[render.CommentRef]bool, error) {
	found := map[render.CommentRef]bool{}
	for _, t := range w.tickets {
		for i := range t.Comments {
			found[render.CommentRef{Ticket: t.ID, Number: string(rune('1' + i))}] = true
		}
		for _, c := range t.Changes {
			if c.Field == "comment" {
				found[render.CommentRef{Ticket: t.ID, Number: c.Oldvalue}] = true
			}
		}
	}
	return found, nil
}

func (w *world) Milestones(_ context.Context, names []string) (map[string]render.Milestone, error) {
	found := map[string]render.Milestone{}
	for _, m := range w.milestones {
		r := render.Milestone{Name: m.Name}
		if m.Due != nil {
			r.Due = m.Due.UnixMicro()
		}
		if m.Completed != nil {
			r.Completed = m.Completed.UnixMicro()
		}
		found[m.Name] = r
	}
	return found, nil
}

func (w *world) Attachments(_ context.Context, refs []render.AttachmentRef) (map[render.AttachmentRef]string, error) {
	found := map[render.AttachmentRef]string{}
	for _, a := range w.attachments {
		found[render.AttachmentRef{Realm: a.Realm + a.Type, ID: a.ID, Name: a.Filename}] = a.Description
	}
	return found, nil
}

func (w *world) Reports(_ context.Context, ids []int) (map[int]bool, error) {
	found := map[int]bool{}
	for _, r := range w.reports {
		found[r.ID] = true
	}
	return found, nil
}

func (w *world) options() render.Options {
	return render.Options{
		Pages: w, Tickets: w, Milestones: w, Attachments: w, Reports: w, Queries: w,
		Now: func() time.Time { return time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC) },
	}
}
