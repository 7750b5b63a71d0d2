package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kolo/xmlrpc"
)

// answering is a server that answers every call with a value, given as XML, and
// tells what it was asked.
func answering(t *testing.T, value string, asked *string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		name, password, _ := r.BasicAuth()
		*asked = r.URL.Path + " " + name + ":" + password + " " + string(body)
		w.Header().Set("Content-Type", "text/xml")
		if password == "wrong" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "<?xml version='1.0'?>\n<methodResponse>"+value+"</methodResponse>")
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCall(t *testing.T) {
	const ticket = "<params><param><value><array><data><value><int>1</int></value>" +
		"<value><dateTime.iso8601>20200101T10:00:00</dateTime.iso8601></value>" +
		"<value><struct><member><name>cc</name><value><string></string></value></member><member><name>b</name><value><string>&lt;b&gt;</string></value></member></struct></value>" +
		"</data></array></value></param></params>"
	const printed = "[\n  1,\n  \"2020-01-01T10:00:00Z\",\n  {\n    \"b\": \"<b>\",\n    \"cc\": \"\"\n  }\n]\n"
	const noTicket = "<fault><value><struct><member><name>faultCode</name><value><int>404</int></value></member>" +
		"<member><name>faultString</name><value><string>Ticket 99 does not exist.</string></value></member></struct></value></fault>"
	tests := []struct {
		name, args, input, answer string
		asked, output, err        string
	}{
		{"anonymous", "URL ticket.get 1", "", ticket, "/rpc : ", printed, ""},
		{"a path of its own", "URL/env/xmlrpc ticket.get 1", "", ticket, "/env/xmlrpc : ", printed, ""},
		{"user in the URL", "LOGIN/env/ ticket.get 1", "", ticket, "/env/login/rpc ann:a:b ", printed, ""},
		{"user as a flag", "--user bob:pw URL ticket.get 1", "", ticket, "/login/rpc bob:pw ", printed, ""},
		{"password from the input", "URL --user=bob --password-stdin ticket.get 1", "se cret\n", ticket, "/login/rpc bob:se cret ", printed, ""},
		{"no password", "--user bob URL ticket.get 1", "", ticket, "", "", "--password-stdin"},
		{"wrong password", "--user bob:wrong URL ticket.get 1", "", ticket, "/login/rpc bob:wrong ", "", "wrong user name or password"},
		{"fault", "URL ticket.get 99", "", noTicket, "/rpc : ", "", "Ticket 99 does not exist."},
		{"dashes after the method", "URL wiki.wikiToHtml --user", "", ticket, "<string>--user</string>", printed, ""},
		{"no method", "URL", "", ticket, "", "", "see: tracrpc help"},
		{"no URL", "localhost ticket.get", "", ticket, "", "", "is a URL"},
		{"unknown flag", "--verbose URL ticket.get", "", ticket, "", "", "verbose"},
		{"broken JSON", `URL ticket.query {"a":`, "", ticket, "", "", "argument 1: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked string
			server := answering(t, test.answer, &asked)
			login := strings.Replace(server, "://", "://ann:a%3Ab@", 1)
			args := strings.Fields(strings.NewReplacer("URL", server, "LOGIN", login).Replace(test.args))
			output, err := tracrpc(t, test.input, append([]string{"call"}, args...)...)
			if output != test.output || !saying(err, test.err) || !strings.Contains(asked, test.asked) {
				t.Errorf("call %s: %q, %v, asked %q; want %q, %q, %q", test.args, output, err, asked, test.output, test.err, test.asked)
			}
		})
	}
}

func TestCallHidesThePassword(t *testing.T) {
	_, err := tracrpc(t, "", "call", "http://ann:hidden@127.0.0.1:1/", "ticket.get", "1")
	if err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("call of a port that nobody listens on: %v", err)
	}
}

func TestReadArgument(t *testing.T) {
	t.Parallel()
	tests := []struct {
		word string
		want any
	}{
		{"5", int64(5)},
		{"-5", int64(-5)},
		{"1.5", 1.5},
		{"true", true},
		{`"5"`, "5"},
		{"status!=closed", "status!=closed"},
		{"5 apples", "5 apples"},
		{"", ""},
		{"null", none},
		{`[1, "a", null]`, []any{int64(1), "a", none}},
		{`{"a&b": [], "c": {}}`, map[string]any{"a&amp;b": []any{}, "c": map[string]any{}}},
		{`{"__jsonclass__": ["datetime", "2020-01-01T10:00:00"]}`, time.Date(2020, 1, 1, 10, 0, 0, 0, time.UTC)},
		{`{"__jsonclass__": ["binary", "aGk="]}`, xmlrpc.Base64("aGk=")},
	}
	for _, test := range tests {
		got, err := readArgument(test.word)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("readArgument(%s): %v, want - got +\n%s", test.word, err, diff)
		}
	}
	for _, word := range []string{`{"a": 1`, "[1,]", `"a`, `[1] [2]`, `{"__jsonclass__": ["binary", "a"]}`, `{"__jsonclass__": 1}`} {
		if got, err := readArgument(word); err == nil {
			t.Errorf("readArgument(%s) = %v, want an error", word, got)
		}
	}
}
