package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// adminCase is a call by somebody who may do everything.
func adminCase(name, want, method string, params ...any) hostile {
	body, err := json.Marshal(map[string]any{"method": method, "params": params, "id": 1})
	if err != nil {
		panic(err) // a programmer's mistake
	}
	return hostile{name, raw(post("/login/rpc", "application/json", string(body), asAdmin)), want}
}

// hostileQueries are queries, searches and other short texts that mean much.
func hostileQueries() []hostile {
	const fault, fine = "200 fault", `200 {"result"`
	var cases []hostile
	add := func(want string, queries ...string) {
		for _, q := range queries {
			cases = append(cases, adminCase(fmt.Sprintf("query %.30q", q), want, "ticket.query", q))
		}
	}
	add(fine, "status=", "max=0", "max=99999999999999999999", "max=1&page=99999999999999", "id=1-999999999",
		"summary=' OR 1=1 --", "summary~=%", "summary~=_", "summary~=\\", "summary~="+repeat("%", 5000), "summary^=\x00", "summary=\xff",
		"nosuch=1", "order=nosuch", "order=id; DROP TABLE ticket", "group=nosuch", "order="+repeat("id,", 5000), "col="+repeat("id&col=", 2000), "desc=x",
		repeat("status=new&or&", 900)+"status=new", "status="+repeat("!", 5000), "status=!=~^$", "status="+repeat("new|", 5000), "cc=~"+repeat("$USER", 2000),
		"changetime=..", "owner=$USER", "format=../../etc/passwd", "report=-1", "row="+repeat("description&row=", 1000))
	add(fault, "", "&", "=", "&&&&", "status", "max=-1", "id="+repeat("1,", 5000), "keywords=~"+repeat("a ", 5000), repeat("summary~=a&", 1000), "time="+repeat("9", 400)+"..",
		"time=yesterday..tomorrow..now", "time=99999-99-99..")
	search := func(want, text string, filters ...any) {
		cases = append(cases, adminCase(fmt.Sprintf("search %.30q", text), want, "search.performSearch", append([]any{text}, filters...)...))
	}
	search(fine, repeat("a ", 500))
	search(fine, repeat("%", 5000))
	search(fault, `"`+repeat(`" "`, 2000))
	search(fine, `a* NEAR(b) OR NOT "`)
	search(fine, "\x00")
	search(fault, repeat("ä", 100_000))
	search(fine, "ticket", []any{"nosuch", 5, nil})
	for _, c := range []struct {
		method string
		params []any
	}{
		{"ticket.get", []any{"1; DROP TABLE ticket"}}, {"ticket.get", []any{1e300}}, {"ticket.get", []any{-1}}, {"ticket.get", []any{json.RawMessage(repeat("9", 4000))}},
		{"ticket.get", []any{[]any{}}}, {"ticket.get", []any{nil}}, {"ticket.update", []any{1, repeat("x", 5_000_000), map[string]any{"nosuch": "1", "id": 5, "time": 0}}},
		{"ticket.create", []any{"", ""}}, {"ticket.create", []any{map[string]any{}, 5}}, {"ticket.getRecentChanges", []any{"never"}}, {"ticket.changeLog", []any{99999}},
		{"wiki.getPage", []any{"../../conf/trac.ini"}}, {"wiki.getPage", []any{repeat("a/", 50_000)}}, {"wiki.getPage", []any{"WikiStart", -1}}, {"wiki.getPage", []any{"WikiStart", 1e30}},
		{"wiki.getPage", []any{"WikiStart\x00"}}, {"wiki.putPage", []any{"", "x", map[string]any{}}}, {"wiki.putPage", []any{"a//../b", "x", map[string]any{}}},
		{"ticket.component.create", []any{"", map[string]any{}}}, {"ticket.milestone.update", []any{"nosuch", map[string]any{"due": "x"}}},
		{"system.methodHelp", []any{"__class__"}}, {"system.methodSignature", []any{"../x"}}, {"system.listMethods.__init__", nil}, {"ticket", nil}, {"ticket.", nil}, {".", nil},
		{"wiki.wikiToHtml", []any{repeat("'", 1_000_000)}}, {"wiki.wikiToHtml", []any{repeat("||a||\n", 1_000_000)}},
		{repeat("ticket.", 10_000), nil}, {"ticket.get\x00", []any{1}}, {"os.system", []any{"id"}},
	} {
		cases = append(cases, adminCase(fmt.Sprintf("call %.30q %.30q", c.method, fmt.Sprint(c.params...)), fault, c.method, c.params...))
	}
	return append(cases,
		adminCase("deleting a page of SQL", `200 {"result": false`, "wiki.deletePage", "nosuch'; DELETE FROM wiki; --", 1),
		jsonCase("the same members", `{"method": "system.getAPIVersion", "method": "nosuch", "params": [1], "params": [], "id": 1, "id": 2}`, fault),
		jsonCase("the same members, the other way round", `{"method": "nosuch", "method": "system.getAPIVersion", "params": [1], "params": []}`, `200 {"result": [`))
}

// hostileTexts are wiki texts that want to take long, to run scripts, or to be
// without an end.
func hostileTexts() []hostile {
	var cases []hostile
	add := func(texts ...string) {
		for _, text := range texts {
			cases = append(cases, adminCase(fmt.Sprintf("text %.30q", text), `200 {"result"`, "wiki.wikiToHtml", text))
		}
	}
	const n = 20_000
	for _, mark := range []string{"'", "''", "'''", "'''''", "`", "{{{", "}}}", "[", "[[", "]]", "[[[", "^", ",,", "~~", "__", "**", "//", "|", "||", "||||", "=", "!", "!!", "<", "&", "#", "\\\\",
		"{", "}", "[wiki:", "[http://a ", "http://", "a@", "CamelCase", "#1", "r1", "{1}", "ticket:", "attachment:", "\"", "'''a ''b ", "[[BR]]", "[[Image(", "[[Include("} {
		add(repeat(mark, n))
	}
	for _, line := range []string{" * a\n", "> a\n", ">", " 1. a\n", "= a =\n", "||a||\n", "{{{\n", "}}}\n", "{{{#!div\n", "{{{#!html\n<div>\n", "----\n", " a:: b\n", "|-\n", "\n", "\r", "> * 1. a\n"} {
		add(repeat(line, 5000))
	}
	deep, indented := "", ""
	for i := range 600 {
		deep += repeat(">", i%200) + " a\n"
		indented += repeat(" ", i) + "* a\n"
	}
	add(deep, indented)
	for _, script := range []string{
		"{{{#!html\n<script>alert(1)</script>\n}}}", "{{{#!html\n<img src=x onerror=alert(1)>\n}}}", "[javascript:alert(1) x]", "[[Image(javascript:alert(1))]]",
		"[data:text/html,<script>alert(1)</script> x]", "{{{#!html\n" + repeat("<div>", 5000) + "\n}}}", "{{{#!html\n" + repeat("<a b=", 5000), "{{{#!nosuch\nx\n}}}", "{{{#!" + repeat("x", 10_000),
		"[[" + repeat("Nosuch(", 1000) + repeat(")", 1000) + "]]", "[[TicketQuery(" + repeat("status=new&or&", 500) + ")]]", "[[TitleIndex(" + repeat("a/", 5000) + ")]]", "[[RecentChanges(,99999999999)]]",
		"[[PageOutline(1-99999999)]]", "\x00\x01\x02", "\u202e\u2028\u2029", repeat("a", 200_000), repeat("ä\u0301", 50_000), "{{{#!diff\n" + repeat("+a\n-b\n", 5000) + "}}}",
		"{{{#!csv\n" + repeat("a,", 10_000) + "\n}}}", "{{{#!python\n" + repeat("'''", 5000) + "\n}}}",
	} {
		add(script)
	}
	for _, unit := range []string{" * a\n", "#1 ", "CamelCase ", "> a\n", "= a =\n", "[[Image(x)]] ", "[[TitleIndex]]", "[[TicketQuery(status=new)]]", "[[MacroList]]"} {
		add(repeat(unit, 100_000/len(unit)))
	}
	return append(cases, adminCase("text of outlines", "200 fault", "wiki.wikiToHtml", repeat("= a =\n[[PageOutline]]\n", 4000)))
}

// hostileAttachments are files that want to be elsewhere.
func hostileAttachments() []hostile {
	const fault, kept = "200 fault", `200 {"result"`
	data := map[string]any{"__jsonclass__": []string{"binary", base64.StdEncoding.EncodeToString([]byte("x"))}}
	var cases []hostile
	for _, name := range []string{"../../../conf/trac.ini", "/etc/passwd", "..", ".", "a/../../b", `..\..\b`, `C:\b`, "a\x00.txt", "a\n", "．．／b", ".tracrpc", "-rf", "$(id)", "con", "a.txt::$DATA",
		"\u202ecod.exe", repeat("../", 1000) + "a", repeat("ä", 5000), " ", "a." + repeat("x", 100)} {
		cases = append(cases, adminCase(fmt.Sprintf("attachment %.30q", name), kept, "wiki.putAttachmentEx", "WikiStart", name, "", data, true))
	}
	cases = append(cases,
		adminCase("attachment without a name", fault, "wiki.putAttachmentEx", "WikiStart", "", "", data, true),
		adminCase("attachment with a long extension", fault, "wiki.putAttachmentEx", "WikiStart", "a."+repeat("x", 5000), "", data, true),
		adminCase("attachment that is no binary", fault, "wiki.putAttachmentEx", "WikiStart", "a", "", []any{1}, true),
		adminCase("attachment of what is no base64", kept, "wiki.putAttachmentEx", "WikiStart", "a", "", map[string]any{"__jsonclass__": []string{"binary", repeat("!", 1_000_000)}}, true),
		adminCase("attachment that is large", kept, "wiki.putAttachmentEx", "WikiStart", "large", "", map[string]any{"__jsonclass__": []string{"binary", repeat("AAAA", 6<<20)}}, true))
	for _, page := range []string{"nosuch", "../WikiStart", "WikiStart/../../..", "", "\x00", "WikiStart\x00", repeat("a/", 10_000)} {
		cases = append(cases, adminCase(fmt.Sprintf("attachment on %.30q", page), fault, "wiki.putAttachmentEx", page, "a", "", data, true))
	}
	for _, path := range []string{"../../conf/trac.ini", "WikiStart/../../../conf/trac.ini", "/etc/passwd", "WikiStart/", "/", "", "..", "WikiStart/./.", "WikiStart\x00/a", ".tracrpc/a"} {
		cases = append(cases,
			adminCase(fmt.Sprintf("reading %.40q", path), fault, "wiki.getAttachment", path),
			adminCase(fmt.Sprintf("deleting %.40q", path), fault, "wiki.deleteAttachment", path))
	}
	for _, id := range []any{"../1", "1/../..", 0, -1, 1e18, "", "1\x00", []any{1}} {
		cases = append(cases, adminCase(fmt.Sprintf("attachment on ticket %.40q", fmt.Sprint(id)), fault, "ticket.putAttachment", id, "a", "", data, true))
	}
	return cases
}

// hostileAnswers ask for more than may be answered. They come one by one: together
// they would wait for each other's memory.
func hostileAnswers() []hostile {
	calls := func(n int, method string, params ...any) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"method": method, "params": params}
		}
		return list
	}
	const answered = `200 fault {"result": [`
	return []hostile{
		adminCase("a large page", "200 {", "wiki.putPage", "Large", repeat("large ", 20_000), map[string]any{}),
		adminCase("a large page many times", answered, "system.multicall", calls(2000, "wiki.getPage", "Large")...),
		adminCase("a large page as HTML many times", answered, "system.multicall", calls(1000, "wiki.getPageHTML", "Large")...),
		adminCase("the longest text", `200 {"result"`, "wiki.wikiToHtml", repeat("||a||\n", 256<<10/6)),
		adminCase("large attachments many times", answered, "system.multicall", calls(50, "wiki.getAttachment", "WikiStart/large")...),
		adminCase("help many times", `200 {"result": [`, "system.multicall", calls(50_000, "system.methodHelp", "ticket.query")...),
	}
}

// placeOfAttachment is where a file of an attachment may be, below the folder of
// attachments.
var placeOfAttachment = regexp.MustCompile(`^(wiki|ticket)/[0-9a-f]{3}/[0-9a-f]{40}/[0-9a-f]{40}(\.[A-Za-z0-9]+)?$`)

// onlyAttachments checks that an environment has no files but those it should have.
func onlyAttachments(t *testing.T, dir string) {
	t.Helper()
	found := 0
	err := fs.WalkDir(os.DirFS(filepath.Dir(dir)), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, isOurs := strings.CutPrefix(path, filepath.Base(dir)+"/")
		attached, isAttached := strings.CutPrefix(below, "files/attachments/")
		switch {
		case !isOurs:
			t.Errorf("there is a file %s beside the environment", path)
		case isAttached && placeOfAttachment.MatchString(attached):
			found++
		case isAttached:
			t.Errorf("there is a file %s", path)
		case !regexp.MustCompile(`^(conf/(trac\.ini(\.sample)?|users\.htpasswd|users\.htdigest)|db/(trac|tracrpc-search)\.db(-wal|-shm)?|VERSION|README|templates/.*)$`).MatchString(below):
			t.Errorf("there is a file %s in the environment", below)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d attachments, %v", found, err)
	}
}
