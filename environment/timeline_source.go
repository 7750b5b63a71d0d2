package environment

import (
	"context"
	"html"
	"net/url"
	"strconv"
	"strings"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/search"
	"tracrpc/store"
	"tracrpc/wiki"
)

func (t *teller) milestones(ctx context.Context) error {
	if !t.wanted["milestone"] {
		return nil
	}
	all, err := t.env.DB.MilestoneTexts(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Completed == 0 || m.Completed < t.ask.Span.Start || m.Completed > t.ask.Span.Stop {
			continue
		}
		on := auth.Resource{Realm: publish.Milestone, ID: m.Name}
		if may, err := t.who.May(ctx, "MILESTONE_VIEW", on); err != nil {
			return err
		} else if may {
			t.told = append(t.told, Happening{
				Kind: "milestone", Time: m.Completed, Title: "Milestone " + m.Name + " completed",
				Path: search.Path("milestone", m.Name), text: m.Description, on: on,
			})
		}
	}
	return nil
}

func (t *teller) pages(ctx context.Context) error {
	if !t.wanted["wiki"] {
		return nil
	}
	return newestFirst(t, func(in store.Span, limit int) ([]wiki.Page, error) {
		return t.env.DB.PagesWritten(ctx, in, limit)
	}, func(p wiki.Page) int64 { return p.Time }, func(pages []wiki.Page) (told int, err error) {
		for _, p := range pages {
			on := auth.Resource{Realm: publish.Wiki, ID: p.Name, Version: p.Version}
			may, err := t.who.May(ctx, wiki.View, on)
			if err != nil {
				return told, err
			}
			if may {
				t.told = append(t.told, pageHappening(p, on))
				told++
			}
		}
		return told, nil
	})
}

func pageHappening(p wiki.Page, on auth.Resource) Happening {
	h := Happening{
		Kind: "wiki", Time: p.Time, Author: p.Author, Title: p.Name + " created",
		Path: search.Path("wiki", p.Name) + "?version=" + strconv.Itoa(p.Version), on: on,
	}
	if p.Version > 1 {
		h.Title = p.Name + " edited"
	}
	if p.Comment != nil {
		h.text = *p.Comment
	}
	return h
}

// attachments tells of the attachments of each realm along with the realm's own
// happenings: with tickets only where their changes are told too.
func (t *teller) attachments(ctx context.Context) error {
	for filter, realm := range map[string]string{
		"milestone": publish.Milestone, "ticket_details": publish.Ticket, "wiki": publish.Wiki,
	} {
		if !t.wanted[filter] {
			continue
		}
		err := newestFirst(t, func(in store.Span, limit int) ([]attachment.Attachment, error) {
			return t.env.DB.AttachmentsMade(ctx, realm, in, limit)
		}, func(a attachment.Attachment) int64 { return a.Time }, func(made []attachment.Attachment) (int, error) {
			return t.attached(ctx, made)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *teller) attached(ctx context.Context, made []attachment.Attachment) (told int, err error) {
	for _, a := range made {
		may, err := t.who.May(ctx, attachment.View, a.Resource())
		if err != nil {
			return told, err
		}
		if !may {
			continue
		}
		h := Happening{
			Kind: "attachment", Time: a.Time, Author: a.Author,
			Title: a.Filename[strings.LastIndexByte(a.Filename, '/')+1:] + " attached to " + a.Parent().String(),
			Path:  search.Path("attachment", a.Realm, a.ParentID, a.Filename), on: a.Parent(),
		}
		if a.Description != nil {
			h.text = *a.Description
		}
		t.told = append(t.told, h)
		told++
	}
	return told, nil
}

// describe turns the wiki texts of what is told into plain descriptions.
func (t *teller) describe(ctx context.Context) error {
	for i := range t.told {
		h := &t.told[i]
		if h.text == "" {
			continue
		}
		rendered, err := t.env.Renderer.HTML(ctx, t.who, t.ask.BaseURL, h.on, h.text)
		if fault.Is(err, fault.TooLarge) {
			continue // whoever wants to read that much asks for it
		}
		if err != nil {
			return err
		}
		h.Description = strings.TrimSpace(h.Description + " " + plain(rendered))
	}
	return nil
}

// plain is the text of a piece of HTML as the renderer writes it, on one line.
func plain(text string) string {
	var b strings.Builder
	for text != "" {
		before, tag, _ := strings.Cut(text, "<")
		b.WriteString(before)
		_, text, _ = strings.Cut(tag, ">")
	}
	line := strings.NewReplacer("\n", " ", "\u200b", "").Replace(html.UnescapeString(b.String()))
	return strings.TrimSpace(line)
}

// queryPath is the page of a query for tickets by their ids.
func queryPath(ids []string) string {
	return "/query?id=" + url.QueryEscape(strings.Join(ids, ","))
}
