package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// baselineDatabase names the variable that makes this program the baseline, a
// server of that database. The costs in BenchmarkCost are multiples of its.
const baselineDatabase = "TRACRPC_BASELINE"

func TestMain(m *testing.M) {
	path := os.Getenv(baselineDatabase)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := serveBaseline(path); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

// serveBaseline serves the least that can answer ticket.get: net/http, one
// prepared query, and an answer put together by hand. It checks nothing and
// nobody. It prints its address, and serves until its standard input ends.
func serveBaseline(path string) error {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	query, err := db.Prepare(`
		SELECT summary, reporter, owner, description, type, status, priority, milestone, component, version,
		    COALESCE(resolution, ''), keywords, cc, time, changetime
		FROM ticket
		WHERE id = ?1`)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	// Ends with the process.
	go http.Serve(listener, baseline{query})
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

type baseline struct{ query *sql.Stmt }

var baselineFields = []string{
	"summary", "reporter", "owner", "description", "type", "status", "priority", "milestone", "component", "version",
	"resolution", "keywords", "cc",
}

func (b baseline) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	isJSON := r.Header.Get("Content-Type") == "application/json"
	before, after := "<int>", "</int>"
	if isJSON {
		before, after = "[", "]"
	}
	_, rest, _ := bytes.Cut(body, []byte(before))
	digits, _, _ := bytes.Cut(rest, []byte(after))
	id, atoiErr := strconv.Atoi(string(digits))
	var answer []byte
	if err == nil && atoiErr == nil {
		answer, err = b.ticket(r.Context(), id, isJSON)
	}
	if err != nil || atoiErr != nil {
		http.Error(w, fmt.Sprint(err, atoiErr), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.Write(answer)
}

func (b baseline) ticket(ctx context.Context, id int, isJSON bool) ([]byte, error) {
	texts := make([]string, len(baselineFields))
	var created, changed int64
	targets := make([]any, 0, 15)
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	if err := b.query.QueryRowContext(ctx, id).Scan(append(targets, &created, &changed)...); err != nil {
		return nil, err
	}
	if isJSON {
		return baselineJSON(id, texts, created, changed), nil
	}
	return baselineXML(id, texts, created, changed), nil
}

var baselineEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func baselineXML(id int, texts []string, created, changed int64) []byte {
	date := func(at int64) string {
		return "<value><dateTime.iso8601>" + time.UnixMicro(at).UTC().Format("20060102T15:04:05") + "</dateTime.iso8601></value>\n"
	}
	answer := bytes.NewBuffer(make([]byte, 0, 4096))
	answer.WriteString("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n<value><int>" +
		strconv.Itoa(id) + "</int></value>\n" + date(created) + date(changed) + "<value><struct>\n")
	for i, name := range baselineFields {
		answer.WriteString("<member>\n<name>" + name + "</name>\n<value><string>")
		baselineEscapes.WriteString(answer, texts[i])
		answer.WriteString("</string></value>\n</member>\n")
	}
	answer.WriteString("<member>\n<name>time</name>\n" + date(created) + "</member>\n<member>\n<name>changetime</name>\n" + date(changed) +
		"</member>\n</struct></value>\n</data></array></value>\n</param>\n</params>\n</methodResponse>\n")
	return answer.Bytes()
}

func baselineJSON(id int, texts []string, created, changed int64) []byte {
	date := func(at int64) string {
		return `{"__jsonclass__": ["datetime", "` + time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05") + `"]}`
	}
	answer := make([]byte, 0, 4096)
	answer = append(answer, `{"result": [`+strconv.Itoa(id)+", "+date(created)+", "+date(changed)+", {"...)
	for i, name := range baselineFields {
		answer = append(answer, `"`+name+`": `...)
		answer = strconv.AppendQuoteToASCII(answer, texts[i])
		answer = append(answer, ", "...)
	}
	return append(answer, `"time": `+date(created)+`, "changetime": `+date(changed)+`}], "error": null, "id": 1}`...)
}
