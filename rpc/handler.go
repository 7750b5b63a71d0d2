package rpc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"

	gorilla "github.com/gorilla/rpc/v2"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Options are what a Handler is made of.
type Options struct {
	Registry  *Registry
	Protocols []Protocol
	Prefix    string // the path below which the environment is served: "" or "/name"
	Limits    Limits
	Memory    *Memory     // of Limits, where several handlers share it; nil for one of its own
	Reached   func(Limit) // is told when a request comes to a limit, if it is not nil
	Log       *slog.Logger
	Docs      Docs
}

// Handler serves the API of one environment: calls, and the page that documents
// them. It sees paths without the environment's prefix, and takes the principal
// from the request's context, where auth's middleware put it.
type Handler struct {
	Options
	protocols []served
	docs      *docsPage
	buffers   sync.Pool // of []byte, to read into
}

type served struct {
	Protocol
	server *gorilla.Server
}

// NewHandler makes the handler of one environment.
func NewHandler(o Options) (*Handler, error) {
	h := &Handler{Options: o}
	if h.Memory == nil {
		h.Memory = NewMemory(o.Limits)
	}
	h.buffers.New = func() any { buffer := make([]byte, bufferSize); return &buffer }
	for _, p := range o.Protocols {
		server, err := newServer(o.Registry, p)
		if err != nil {
			return nil, err
		}
		h.protocols = append(h.protocols, served{p, server})
	}
	var err error
	h.docs, err = newDocsPage(o)
	return h, err
}

// ServeHTTP answers a request to one of the API's paths, leads a browser from the
// root to the documentation, and answers 404 to all others.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/login")
	if bare := strings.TrimRight(path, "/"); bare != path && h.known(bare) {
		http.Redirect(w, r, h.BaseURL(r)+strings.TrimRight(r.URL.Path, "/"), http.StatusMovedPermanently)
		return
	}
	if path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		http.Redirect(w, r, h.BaseURL(r)+"/rpc", http.StatusFound)
		return
	}
	if !h.known(path) {
		writePage(w, http.StatusNotFound, "Not Found", "No handler matched request to "+r.URL.Path)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, PUT")
		writePage(w, http.StatusMethodNotAllowed, "Method Not Allowed", "Calls are made by POST.")
		return
	}
	h.serve(w, r, path)
}

// serve chooses what answers: a protocol by its Content-Type (a prefix that
// matters in its case, as in the reference), else the docs page.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, path string) {
	contentType := r.Header.Get("Content-Type")
	if p := h.protocol(path, contentType); p != nil {
		if !legible(r) {
			w.Header().Set("Accept-Encoding", "gzip")
			writePage(w, http.StatusUnsupportedMediaType, "Unsupported Media Type", "Bodies may be packed by gzip, and by nothing else.")
			return
		}
		w.Header().Set("Content-Type", contentType)
		h.call(w, r, p)
		return
	}
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case isForm(contentType) && !asks:
		writePage(w, http.StatusBadRequest, "Bad Request",
			"Missing or invalid form token. A call needs the Content-Type text/xml or application/json.")
	case asks || contentType == "" || strings.HasPrefix(contentType, "text/html") || acceptsHTML(r):
		h.docs.serve(w, r, h.caller(r))
	default:
		message := fmt.Sprintf("No protocol matching Content-Type '%s' at path '%s'.", contentType, r.URL.Path)
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		w.WriteHeader(http.StatusUnsupportedMediaType)
		io.WriteString(w, message) // a client that is gone needs no error
	}
}

// call reads the body and has gorilla/rpc make the calls in it.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, p *served) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		p.WriteFault(w, fault.New(fault.Parse, "a call needs a body, and so the method POST"))
		return
	}
	m := &Meter{limits: h.Limits, memory: h.Memory, reached: h.Reached}
	defer m.close()
	text, err := h.text(w, r, m)
	if err != nil {
		p.WriteFault(w, err)
		return
	}
	ctx := context.WithValue(r.Context(), meterKey{}, m)
	inner := r.WithContext(withCaller(ctx, h.caller(r)))
	inner.Method = http.MethodPost
	inner.Header = http.Header{"Content-Type": {p.Name}}
	inner.Body = newTextBody(text)
	p.server.ServeHTTP(w, inner)
}

func (h *Handler) known(path string) bool {
	if path == "/rpc" {
		return true
	}
	for i := range h.protocols {
		if h.protocols[i].at(path) {
			return true
		}
	}
	return false
}

func (h *Handler) protocol(path, contentType string) *served {
	for i := range h.protocols {
		p := &h.protocols[i]
		if path != "/rpc" && !p.at(path) {
			continue
		}
		for _, prefix := range p.ContentTypes {
			if strings.HasPrefix(contentType, prefix) {
				return p
			}
		}
	}
	return nil
}

func (p *served) at(path string) bool {
	for _, name := range p.Paths {
		if path[0:min(1, len(path))] == "/" && path[1:] == name {
			return true
		}
	}
	return false
}

// Refuse answers a refused login in the words of the protocol that the request's
// Content-Type names. It reports false, and has written nothing, when that has no
// words for it or the request speaks no protocol.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, status int, err error) bool {
	contentType := r.Header.Get("Content-Type")
	p := h.protocol(strings.TrimPrefix(r.URL.Path, "/login"), contentType)
	if p == nil || p.Refuse == nil || r.Method == http.MethodHead {
		return false
	}
	w.Header().Set("Content-Type", contentType)
	p.Refuse(w, status, err)
	return true
}

func (h *Handler) caller(r *http.Request) Caller {
	remote, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		remote = r.RemoteAddr
	}
	return Caller{Who: auth.FromContext(r.Context()), BaseURL: h.BaseURL(r), Remote: remote}
}

// BaseURL is the environment's URL as the client sees it, without a slash at its
// end. Where a proxy speaks TLS, whoever trusts it has put "https" into r.URL.
func (h *Handler) BaseURL(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https://"
	}
	return scheme + r.Host + h.Prefix
}

func isForm(contentType string) bool {
	return strings.HasPrefix(contentType, "application/x-www-form-urlencoded") ||
		strings.HasPrefix(contentType, "multipart/form-data")
}

func acceptsHTML(r *http.Request) bool {
	for entry := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if strings.HasPrefix(strings.TrimSpace(entry), "text/html") {
			return true
		}
	}
	return false
}
