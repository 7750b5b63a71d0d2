package notify

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// subject is a template of subjects: texts, and variables between them.
type subject []part

// part is a text, or a variable.
type part struct {
	text string
	show func(l *letter) string
}

// variable is what may stand between "${" and "}": a name, or a name and one of
// what it has, in either of the ways in which Jinja2 writes that.
var variable = regexp.MustCompile(`^\s*(\w+)\s*(?:\.\s*(\w+)|\[\s*(?:'(\w+)'|"(\w+)")\s*\])?\s*$`)

// parseSubject reads a [notification] ticket_subject_template. Trac's are of
// Jinja2; those are understood that only put variables into a text.
func parseSubject(template string) (subject, error) {
	for _, mark := range []string{"{%", "{#"} {
		if strings.Contains(template, mark) {
			return nil, fmt.Errorf("%q has a %q: only variables like ${summary} are understood", template, mark)
		}
	}
	var s subject
	for {
		text, rest, more := strings.Cut(template, "${")
		s = append(s, part{text: text})
		if !more {
			return s, nil
		}
		name, rest, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, fmt.Errorf("%q has a \"${\" without a \"}\"", template)
		}
		show, err := parseVariable(name)
		if err != nil {
			return nil, err
		}
		s, template = append(s, part{show: show}), rest
	}
}

// beside are attributes of Trac's tickets that are no fields, and the times,
// which Trac would show as Python does.
var beside = []string{"env", "exists", "fields", "realm", "resource", "values", "time", "changetime",
	"custom_fields", "std_fields", "time_fields", "protected_fields"}

func parseVariable(text string) (func(*letter) string, error) {
	match := variable.FindStringSubmatch(text)
	if match == nil {
		return nil, fmt.Errorf("${%s} is more than a variable: only those like ${summary} and ${ticket.type} are understood", text)
	}
	name, of := match[1], match[2]+match[3]+match[4]
	switch {
	case name == "prefix" && of == "":
		return (*letter).prefix, nil
	case name == "summary" && of == "":
		return (*letter).summary, nil
	case name == "env" && projectVariables[of] != nil:
		return projectVariables[of], nil
	case name == "ticket" && of == "id":
		return func(l *letter) string { return strconv.Itoa(l.Ticket.ID) }, nil
	case name == "ticket" && of != "" && !slices.Contains(beside, of):
		return func(l *letter) string {
			value, _ := l.Ticket.Value(of)
			return value
		}, nil
	}
	return nil, fmt.Errorf("${%s} is not known: there are prefix, summary, ticket.id, ticket.FIELD, env.project_name, "+
		"env.project_description and env.project_url", text)
}

var projectVariables = map[string]func(*letter) string{
	"project_name":        func(l *letter) string { return l.config.ProjectName },
	"project_description": func(l *letter) string { return l.config.Description },
	"project_url":         func(l *letter) string { return l.config.ProjectURL },
}

func (l *letter) prefix() string {
	if l.config.Prefix == "__default__" {
		return "[" + l.config.ProjectName + "]"
	}
	return l.config.Prefix
}

// summary is the ticket's, with the one that it had before.
func (l *letter) summary() string {
	if f := l.changed("summary"); f != nil {
		return f.New + " (was: " + f.Old + ")"
	}
	return l.Ticket.Summary
}

// subjectLine is the subject of a letter.
func (l *letter) subjectLine() string {
	var b strings.Builder
	for _, p := range l.subject {
		if p.show == nil {
			b.WriteString(p.text)
		} else {
			b.WriteString(p.show(l))
		}
	}
	if !l.isNew() {
		return "Re: " + strip(b.String())
	}
	return strip(b.String())
}
