package tracrpc

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows is the map of the house: which packages of this module each package may
// import. docs/architecture.md draws it.
var arrows = map[string][]string{
	"fault":                {},
	"publish":              {},
	"publish/encode":       {"publish"},
	"publish/sink":         {"publish", "publish/encode"},
	"publish/sink/listen":  {},
	"publish/sink/webhook": {"publish", "publish/encode"},
	"publish/sink/resp":    {"publish", "publish/encode", "publish/sink/listen"},
	"publish/sink/stream":  {"publish", "publish/encode", "publish/sink/listen"},
	"publish/sink/amqp":    {"publish", "publish/encode", "publish/sink"},
	"publish/sink/tracim":  {"publish", "publish/encode"},
	"publish/rabbittest":   {},
	"migrations":           {},
	"wiki/markup":          {},
	"auth":                 {"fault"},
	"ticket":               {"auth", "fault", "publish"},
	"notify":               {"notify/mail", "ticket", "auth"},
	"notify/mail":          {},
	"wiki":                 {"auth", "fault", "publish"},
	"attachment":           {"auth", "fault", "publish"},
	"search":               {"auth", "fault", "publish"},
	"wiki/render":          {"wiki", "ticket", "attachment", "wiki/markup", "auth", "fault"},
	"store":                {"ticket", "notify", "wiki", "attachment", "auth", "publish", "fault", "migrations"},
	"store/storetest":      {"store", "ticket", "notify", "wiki", "attachment", "auth", "publish", "fault", "migrations"},
	"environment":          {"store", "ticket", "notify", "notify/mail", "wiki", "wiki/render", "wiki/markup", "attachment", "search", "auth", "publish", "publish/encode", "publish/sink", "publish/sink/listen", "publish/sink/resp", "publish/sink/webhook", "publish/sink/stream", "publish/sink/amqp", "publish/sink/tracim", "fault", "migrations"},
	"rpc":                  {"auth", "fault"},
	"rpc/xmlrpc":           {"rpc", "fault"},
	"rpc/jsonrpc":          {"rpc", "fault"},
	"rpc/api":              {"rpc", "ticket", "wiki", "wiki/render", "attachment", "search", "auth", "publish", "fault", "environment"},
	"cmd/tracrpc":          {"*"},
	"script/countresult":   {},
	"script/generate":      {"environment", "store", "ticket"},
	"script/soak":          {"publish/rabbittest", "publish"},
}

// fences say which modules only certain packages may import.
var fences = map[string][]string{
	"github.com/gorilla/rpc":       {"rpc", "rpc/xmlrpc", "rpc/jsonrpc"},
	"github.com/mattn/go-sqlite3":  {"store"},
	"github.com/yuin/goldmark":     {"wiki/render"},
	"database/sql":                 {"store"},
	"github.com/kolo/xmlrpc":       {"cmd/tracrpc"},
	"net/smtp":                     {"notify/mail"},
	"golang.org/x/crypto":          {"auth"},
	"net/http":                     {"auth", "rpc", "rpc/xmlrpc", "rpc/jsonrpc", "publish/sink", "publish/sink/stream", "publish/sink/webhook", "cmd/tracrpc", "script/soak"},
	"github.com/redis/go-redis":    {"publish/sink", "script/soak"},
	"github.com/rabbitmq":          {"publish/sink/amqp", "script/soak"},
	"github.com/Azure/go-amqp":     {"publish/sink/amqp"},
	"github.com/google/go-cmp/cmp": {"store/storetest"}, // elsewhere in tests alone
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrows(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "tracrpc"), "/")
		if name == "" {
			continue
		}
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %s is not on the map: add it to arrows and to docs/architecture.md", name)
			continue
		}
		for _, imported := range p.Imports {
			checkImport(t, name, imported, allowed)
		}
	}
}

func checkImport(t *testing.T, name, imported string, allowed []string) {
	t.Helper()
	if to, inside := strings.CutPrefix(imported, "tracrpc/"); inside {
		if !slices.Contains(allowed, to) && !slices.Contains(allowed, "*") {
			t.Errorf("%s imports %s: there is no such arrow", name, to)
		}
		return
	}
	for module, may := range fences {
		if imported == module || strings.HasPrefix(imported, module+"/") {
			if !slices.Contains(may, name) {
				t.Errorf("%s imports %s: only %v may", name, imported, may)
			}
		}
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
