package rpc

import (
	"context"
	"crypto/rand"
	_ "embed" // the page's template
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Docs are what the documentation page says besides the methods.
type Docs struct {
	Project string // the environment's name
	// Namespaces are the namespaces' own one-line descriptions, as wiki text.
	Namespaces map[string]string
	// Render makes HTML of wiki text. It must be safe to put into a page.
	Render func(ctx context.Context, caller Caller, text string) (string, error)
}

//go:embed docs.html
var docsTemplate string

// docsPage is the page at GET /rpc. It is one document without anything to load,
// and it never makes a call.
type docsPage struct {
	Options
	template *template.Template
}

func newDocsPage(o Options) (*docsPage, error) {
	t, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	return &docsPage{Options: o, template: t}, nil
}

// What the template is given.
type (
	pageData struct {
		Project, URL, Login, Host string
		Nonce                     string
		User                      string
		Protocols                 []protocolData
		Namespaces                []namespaceData
		Methods                   int
	}
	protocolData struct {
		Name  string
		Paths []string
		Types []string
		Help  template.HTML
	}
	namespaceData struct {
		Name    string
		Help    template.HTML
		Methods []methodData
	}
	methodData struct {
		Name, Short, Returns, Asks string
		Args                       []Arg
		Signature                  string
		Help                       template.HTML
	}
)

func (d *docsPage) serve(w http.ResponseWriter, r *http.Request, caller Caller) {
	err := caller.Who.Require(r.Context(), auth.XMLRPC, auth.Resource{})
	if fault.Is(err, fault.Forbidden) {
		writePage(w, http.StatusForbidden, "Error: Forbidden", err.Error())
		return
	}
	var data *pageData
	if err == nil {
		data, err = d.data(r.Context(), caller)
	}
	if err != nil {
		d.Log.ErrorContext(r.Context(), "docs page failed", "err", err)
		writePage(w, http.StatusInternalServerError, "Internal Server Error", "The page could not be made; the server's log says why.")
		return
	}
	policy := "default-src 'none'; style-src 'nonce-%[1]s'; script-src 'nonce-%[1]s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	w.Header().Set("Content-Security-Policy", fmt.Sprintf(policy, data.Nonce))
	w.Header().Set("Cache-Control", "private, no-store") // it names who reads it
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	if err := d.template.Execute(w, data); err != nil {
		d.Log.DebugContext(r.Context(), "docs page not sent", "err", err)
	}
}

func (d *docsPage) data(ctx context.Context, caller Caller) (*pageData, error) {
	scheme, rest, _ := strings.Cut(caller.BaseURL, "://")
	data := &pageData{
		Project: d.Docs.Project,
		URL:     caller.BaseURL + "/rpc",
		Login:   caller.BaseURL + "/login/rpc",
		Host:    scheme + "://user:password@" + rest,
		Nonce:   nonce(),
		User:    caller.Who.Name(),
		Methods: len(d.Registry.Methods()),
	}
	for _, p := range d.Protocols {
		help, err := d.render(ctx, caller, strings.ReplaceAll(p.Help, "{url}", caller.BaseURL))
		if err != nil {
			return nil, err
		}
		data.Protocols = append(data.Protocols, protocolData{
			Name: p.Name, Types: p.ContentTypes, Help: help,
			Paths: append([]string{"rpc"}, p.Paths...),
		})
	}
	return data, d.addNamespaces(ctx, caller, data)
}

func (d *docsPage) addNamespaces(ctx context.Context, caller Caller, data *pageData) error {
	for _, m := range d.Registry.Methods() {
		name := Namespace(m.Name())
		i := slices.IndexFunc(data.Namespaces, func(n namespaceData) bool { return n.Name == name })
		if i < 0 {
			help, err := d.render(ctx, caller, d.Docs.Namespaces[name])
			if err != nil {
				return err
			}
			i = len(data.Namespaces)
			data.Namespaces = append(data.Namespaces, namespaceData{Name: name, Help: help})
		}
		help, err := d.render(ctx, caller, m.Help)
		if err != nil {
			return fmt.Errorf("help of %s: %w", m.Name(), err)
		}
		data.Namespaces[i].Methods = append(data.Namespaces[i].Methods, methodData{
			Name: m.Name(), Short: strings.TrimPrefix(m.Name(), name+"."), Returns: m.signature.Returns,
			Asks: m.Asked(), Args: m.signature.Args, Signature: m.Signature, Help: help,
		})
	}
	return nil
}

// Asked says which permission the method asks for.
func (m *Method) Asked() string {
	if m.Asks != "" {
		return m.Asks
	}
	return string(m.Permission)
}

func (d *docsPage) render(ctx context.Context, caller Caller, text string) (template.HTML, error) {
	if text == "" {
		return "", nil
	}
	if d.Docs.Render == nil {
		return template.HTML("<p>" + template.HTMLEscapeString(text) + "</p>"), nil
	}
	html, err := d.Docs.Render(ctx, caller, text)
	return template.HTML(html), err
}

func nonce() string {
	var b [18]byte
	rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// writePage writes a small page of text: what a browser is shown instead of an
// answer.
func writePage(w http.ResponseWriter, status int, title, message string) {
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%[1]s</title></head>"+
		"<body><h1>%[1]s</h1><p>%[2]s</p></body></html>\n",
		template.HTMLEscapeString(title), template.HTMLEscapeString(message))
}
