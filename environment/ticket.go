package environment

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tracrpc/auth"
	"tracrpc/store"
	"tracrpc/ticket"
)

// makeTickets makes the ticket system, which tells of changes to notifier.
func (e *Environment) makeTickets(notifier ticket.Notifier) *ticket.Service {
	config := ticketConfig(e.Ini)
	config.Notifier = notifier
	tickets := e.DB.Tickets(len(config.Custom) > 0)
	return ticket.New(tickets, people{db: e.DB, authority: e.Authority}, e.Attachments, config)
}

// ticketConfig reads what trac.ini says about tickets.
func ticketConfig(ini *Ini) ticket.Config {
	c := ticket.Config{
		Defaults: map[string]string{
			"type": "defect", "priority": "major", "owner": "< default >", "resolution": "fixed",
		},
		AllowedEmpty:   ini.List("ticket", "allowed_empty_fields", "milestone, version"),
		RestrictOwner:  ini.Bool("ticket", "restrict_owner", false),
		MaxComment:     ini.Int("ticket", "max_comment_size", 262144),
		MaxDescription: ini.Int("ticket", "max_description_size", 262144),
		MaxSummary:     ini.Int("ticket", "max_summary_size", 262144),
		Custom:         customFields(ini),
		Workflow:       workflow(ini),
		PerPage:        ini.Int("query", "items_per_page", 100),
		Zone:           zone(ini.Get("trac", "default_timezone", "")),
		ShowEmails:     ini.Bool("trac", "show_email_addresses", false),
		ShowFullNames:  ini.Bool("trac", "show_full_names", true),
	}
	for _, o := range ini.Section("ticket") {
		if name, found := strings.CutPrefix(o.Name, "default_"); found {
			c.Defaults[name] = o.Value
		}
	}
	return c
}

// zone is the time zone of a name as Trac has it (trac/util/datefmt.py):
// "Europe/Berlin" or "GMT +2:00"; the machine's own where there is no such zone.
func zone(name string) *time.Location {
	if z, err := time.LoadLocation(name); err == nil && name != "" {
		return z
	}
	offset, isOffset := strings.CutPrefix(name, "GMT ")
	hours, err := strconv.Atoi(strings.TrimSuffix(offset, ":00"))
	if err != nil || !isOffset {
		return time.Local
	}
	return time.FixedZone(name, hours*3600)
}

// workflow is the one of [ticket-workflow]; Trac's default one where there is no
// such section.
func workflow(ini *Ini) *ticket.Workflow {
	section := ini.Section("ticket-workflow")
	if len(section) == 0 {
		return ticket.DefaultWorkflow()
	}
	options := make([]ticket.Option, len(section))
	for i, o := range section {
		options[i] = ticket.Option(o)
	}
	return ticket.ParseWorkflow(options)
}

var customName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)

// reserved are names that no custom field may have (ticket/api.py): words of the
// query language, and the standard fields.
var reserved = []string{
	"report", "order", "desc", "group", "groupdesc", "col", "row", "format", "max", "page", "verbose",
	"comment", "or", "id", "time", "changetime", "owner", "reporter", "cc", "summary", "description", "keywords",
	"type", "status", "priority", "milestone", "component", "version", "severity", "resolution",
}

// customFields reads [ticket-custom] (ticket/api.py, custom_fields).
func customFields(ini *Ini) []ticket.Field {
	var fields []ticket.Field
	for _, o := range ini.Section("ticket-custom") {
		if strings.Contains(o.Name, ".") || !customName.MatchString(o.Name) || slices.Contains(reserved, o.Name) {
			continue
		}
		if f := customField(ini, o); f.Type != "select" && f.Type != "radio" || len(f.Options) > 0 {
			fields = append(fields, f)
		}
	}
	slices.SortStableFunc(fields, func(a, b ticket.Field) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.Name, b.Name))
	})
	return fields
}

func customField(ini *Ini, o Option) ticket.Field {
	const section = "ticket-custom"
	f := ticket.Field{
		Name: o.Name, Type: o.Value, Custom: true,
		Label: cmp.Or(ini.Get(section, o.Name+".label", ""), customLabel(o.Name)),
		Value: ini.Get(section, o.Name+".value", ""),
		Order: ini.Int(section, o.Name+".order", 0),
	}
	switch f.Type {
	case "select", "radio":
		for option := range strings.SplitSeq(ini.Get(section, o.Name+".options", ""), "|") {
			if option = strings.TrimSpace(option); option == "" && !f.Optional {
				f.Optional = true // one empty option says so; more are choices
			} else {
				f.Options = append(f.Options, option)
			}
		}
		f.Optional = f.Optional || slices.Contains(ini.List("ticket", "allowed_empty_fields", "milestone, version"), f.Name)
	case "checkbox":
		if ini.Bool(section, o.Name+".value", false) {
			f.Value = "1"
		} else {
			f.Value = "0"
		}
	case "text", "textarea":
		f.Format = ini.Get(section, o.Name+".format", "plain")
		f.MaxSize = ini.Int(section, o.Name+".max_size", 0)
		f.Height = ini.Int(section, o.Name+".rows", 0)
	case "time":
		f.Format = ini.Get(section, o.Name+".format", "datetime")
	}
	f.TicketlinkQuery = ini.Get(section, o.Name+".ticketlink_query", "")
	return f
}

// customLabel makes a label of a field's name: the first letter large, the others
// small, underscores as spaces.
func customLabel(name string) string {
	words := strings.TrimSpace(strings.ToLower(strings.ReplaceAll(name, "_", " ")))
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:]
}

// people is the ticket.People of an environment: those who logged in before, and
// what the permission table says.
type people struct {
	db        *store.DB
	authority *auth.Authority
}

// Known lists the names of the users who logged in before.
func (p people) Known(ctx context.Context) ([]string, error) { return p.db.KnownUsers(ctx) }

// FullNames finds the names that users gave themselves.
func (p people) FullNames(ctx context.Context, users []string) (map[string]string, error) {
	return p.db.FullNames(ctx, users)
}

// Groups lists the members of each permission group.
func (p people) Groups(ctx context.Context) (map[string][]string, error) {
	grants, err := p.db.Grants(ctx)
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, g := range grants {
		if !auth.IsAction(string(g.Action)) {
			groups[string(g.Action)] = append(groups[string(g.Action)], g.Subject)
		}
	}
	return groups, nil
}

// Holders lists the users who hold a permission: of those who logged in before
// all who do; of the others those to whom the permission table gives it by name,
// for in an environment that no browser ever visited nobody has logged in.
func (p people) Holders(ctx context.Context, action auth.Permission) ([]auth.Principal, error) {
	known, err := p.db.KnownUsers(ctx)
	if err != nil {
		return nil, err
	}
	named, err := p.named(ctx, action)
	if err != nil {
		return nil, err
	}
	names := append(known, named...)
	slices.Sort(names)
	names, err = p.authority.Holders(ctx, action, slices.Compact(names))
	if err != nil {
		return nil, err
	}
	users := make([]auth.Principal, len(names))
	for i, name := range names {
		if users[i], err = p.authority.Principal(ctx, name); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// named lists the users whose own rows of the permission table give them action.
func (p people) named(ctx context.Context, action auth.Permission) ([]string, error) {
	grants, err := p.db.Grants(ctx)
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{auth.Anonymous: true, "authenticated": true}
	own := map[string][]auth.Permission{}
	for _, g := range grants {
		if auth.IsAction(string(g.Action)) {
			own[g.Subject] = append(own[g.Subject], g.Action)
		} else {
			groups[string(g.Action)] = true
		}
	}
	var names []string
	for name, actions := range own {
		if !groups[name] && p.authority.Actions().Expand(actions)[action] {
			names = append(names, name)
		}
	}
	return names, nil
}
