package main

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// request is one with a body in chunks or whatever else the headers say.
func request(headers, body string) func(net.Conn) {
	return raw("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n" + headers + "\r\n" + body)
}

// hostileLengths lie about how long the body is, so that a proxy and the server
// might not agree on where the next request begins.
func hostileLengths() []hostile {
	const chunk = "46\r\n" + versionCall + "\r\n"
	n := fmt.Sprint(len(versionCall))
	length := "Content-Length: " + n + "\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	smuggled := "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	var cases []hostile
	add := func(name, headers, body, want string) {
		cases = append(cases, hostile{"length, " + name, request(headers+"Connection: close\r\n", body), want})
	}
	add("honest", length, versionCall, "200 <?xml")
	add("honest chunks", chunked, chunk+"0\r\n\r\n", "200 <?xml")
	add("both", length+chunked, chunk+"0\r\n\r\n", "200 <?xml")
	add("both, the other way round", chunked+"Content-Length: 4\r\n", chunk+"0\r\n\r\n"+smuggled, "200 <?xml")
	add("both, smuggling", "Content-Length: 6\r\n"+chunked, "0\r\n\r\n"+smuggled, "200 fault")
	add("short", "Content-Length: 10\r\n", versionCall+smuggled, "200 fault")
	add("none", "", versionCall, "200 fault")
	add("none, smuggling", "", smuggled, "200 fault")
	add("long", "Content-Length: 1000\r\n", versionCall, "200 fault")
	for _, value := range []string{"-1", "+70", "0x46", "70,70", "70, 71", "7 0", "70a", "", " ", "99999999999999999999", "9223372036854775808", "７０", "1e2", "70\x00"} {
		add(strconv.Quote(value), "Content-Length: "+value+"\r\n", versionCall, "400")
	}
	add("twice the same", length+length, versionCall, "200 <?xml")
	add("two", length+"Content-Length: 5\r\n", versionCall, "400")
	add("space before the colon", "Content-Length : "+n+"\r\n", versionCall, "400")
	add("folded", "Content-Length:\r\n "+n+"\r\n", versionCall, "200 <?xml")
	for _, value := range []string{"identity", "gzip, chunked", "chunked, identity", "chunked, chunked", "xchunked", "chunkedx", "chunked;a=b", `"chunked"`, "", ",", "chunked,",
		"gzip", "deflate"} {
		add("coding "+strconv.Quote(value), "Transfer-Encoding: "+value+"\r\n", chunk+"0\r\n\r\n", "501")
	}
	for _, value := range []string{"\x0bchunked", "chunked\x00"} {
		add("coding "+strconv.Quote(value), "Transfer-Encoding: "+value+"\r\n", chunk+"0\r\n\r\n", "400")
	}
	for _, value := range []string{"cHuNkEd", "\tchunked"} {
		add("coding "+strconv.Quote(value), "Transfer-Encoding: "+value+"\r\n", chunk+"0\r\n\r\n", "200 <?xml")
	}
	add("two codings", chunked+"Transfer-Encoding: identity\r\n", chunk+"0\r\n\r\n", "501")
	add("two chunked", chunked+chunked, chunk+"0\r\n\r\n", "501")
	add("space before the coding's colon", "Transfer-Encoding : chunked\r\n", chunk+"0\r\n\r\n", "400")
	add("underscore", "Transfer_Encoding: chunked\r\n"+length, versionCall, "200 <?xml")
	add("folded coding", "Transfer-Encoding:\r\n chunked\r\n", chunk+"0\r\n\r\n", "200 <?xml")
	for name, body := range map[string]string{
		"negative": "-1\r\nx\r\n0\r\n\r\n", "plus": "+1\r\nx\r\n0\r\n\r\n", "no number": "xyz\r\nx\r\n0\r\n\r\n", "hexadecimal prefix": "0x1\r\nx\r\n0\r\n\r\n",
		"overflow": "10000000000000000\r\nx\r\n0\r\n\r\n", "maximum": "7fffffffffffffff\r\nx", "nearly overflow": "ffffffffffffffff\r\nx\r\n0\r\n\r\n",
		"too short": "1\r\n" + versionCall + "\r\n0\r\n\r\n", "too long": "fff\r\n" + versionCall + "\r\n0\r\n\r\n", "no end of line": "46" + versionCall + "0",
		"no end": chunk, "empty size": "\r\n" + versionCall + "\r\n0\r\n\r\n",
		"long extension": "46;" + repeat("a", 100_000) + "\r\n" + versionCall + "\r\n0\r\n\r\n", "zeros": repeat("0", 10_000) + "46\r\n" + versionCall + "\r\n0\r\n\r\n",
		"line feeds": strings.ReplaceAll(chunk, "\r\n", "\n") + "0\n\n", "carriage returns": strings.ReplaceAll(chunk, "\r\n", "\r") + "0\r\r",
		"much trailer":        chunk + "0\r\n" + repeat("A: b\r\n", 100_000) + "\r\n",
		"trailer without end": chunk + "0\r\nA: b", "many extensions": repeat("1;"+repeat("e", 1000)+"\r\nx\r\n", 1000) + "0\r\n\r\n",
	} {
		add("chunks, "+name, chunked, body, "200 fault")
	}
	add("chunks, spaces", chunked, "46   \r\n"+versionCall+"\r\n0\r\n\r\n", "200 <?xml")
	add("chunks, trailer of lengths", chunked, chunk+"0\r\nContent-Length: 5\r\nHost: y\r\n\r\n", "200 <?xml")
	return cases
}

// hostileHTTP are no requests, or not of the kind that there are.
func hostileHTTP() []hostile {
	var cases []hostile
	add := func(name, text, want string) { cases = append(cases, hostile{"HTTP, " + name, raw(text), want}) }
	get := func(headers string) string {
		return "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n"
	}
	add("honest", get(""), "200")
	for name, text := range map[string]string{
		"garbage": repeat("\xde\xad\xbe\xef", 10_000), "NULs": repeat("\x00", 10_000), "SSH": "SSH-2.0-OpenSSH_9\r\n",
		"TLS":                "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + repeat("a", 600),
		"no version":         "GET /rpc\r\n\r\n",
		"odd version":        "GET /rpc HTTP/1.1x\r\nHost: x\r\n\r\n",
		"lower-case version": "GET /rpc http/1.1\r\nHost: x\r\n\r\n", "no method": " /rpc HTTP/1.1\r\nHost: x\r\n\r\n", "method with a space": "GET  /rpc HTTP/1.1\r\nHost: x\r\n\r\n",
		"method of signs": "(GET) /rpc HTTP/1.1\r\nHost: x\r\n\r\n", "no host": "GET /rpc HTTP/1.1\r\n\r\n", "two hosts": "GET /rpc HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"host of signs": "GET /rpc HTTP/1.1\r\nHost: a<b>\"c\r\n\r\n", "header without a colon": get("Nonsense\r\n"), "header without a name": get(": x\r\n"),
		"header with a space": get("A b: c\r\n"), "NUL in a header": get("A: b\x00c\r\n"), "CR in a header": get("A: b\rc\r\n"), "name beyond ASCII": get("Ä: b\r\n"),
		"SMTP": "EHLO x\r\nMAIL FROM: <a@b>\r\n", "first line is a header": "Host: x\r\nGET /rpc HTTP/1.1\r\n\r\n",
	} {
		add(name, text, "400")
	}
	add("one line", repeat("x", 200_000)+"\r\n\r\n", "431|closed")
	add("version 0.9", "GET /rpc HTTP/0.9\r\n\r\n", "505")
	add("version 3", "GET /rpc HTTP/3.0\r\nHost: x\r\n\r\n", "505")
	add("HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", "400")
	add("upgrade to HTTP/2", get("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), "200")
	add("upgrade to WebSocket", get("Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n"), "200")
	add("long header", get("A: "+repeat("x", 200_000)+"\r\n"), "431|closed")
	add("many headers", get(repeat("A: b\r\n", 30_000)), "431|closed")
	add("many names of headers", get(manyHeaders(5000)), "200")
	add("long name of a header", get(repeat("A", 200_000)+": x\r\n"), "431|closed")
	add("long method", repeat("A", 200_000)+" /rpc HTTP/1.1\r\nHost: x\r\n\r\n", "431|closed")
	add("long host", "GET /rpc HTTP/1.1\r\nHost: "+repeat("x", 50_000)+"\r\nConnection: close\r\n\r\n", "200")
	add("version 1.0", "GET /rpc HTTP/1.0\r\n\r\n", "200")
	add("version 1.0 with chunks", "POST /rpc HTTP/1.0\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n46\r\n"+versionCall+"\r\n0\r\n\r\n", "200 fault")
	add("line feeds", strings.ReplaceAll(get(""), "\r\n", "\n"), "200")
	add("folded header", get("A: b\r\n c\r\n"), "200")
	add("empty lines first", repeat("\r\n", 1000)+get(""), "400")
	add("100-continue and no body", "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n", "100")
	add("other expectation", "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nExpect: miracles\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", "417")
	add("range", get("Range: bytes="+repeat("0-,", 10_000)+"0-\r\n"), "200")
	add("pipeline", repeat("GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n", 200)+get(""), "200")
	add("pipeline of refusals", repeat("GET /login/rpc HTTP/1.1\r\nHost: x\r\n\r\n", 200)+"GET /login/rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "401")
	for _, verb := range []string{"DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT", "PROPFIND", "get", "X"} {
		add("verb "+verb, verb+" /rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405")
	}
	for kind, want := range map[string]string{
		"": "200 <!DOCTYPE html>", ";": "415", "text": "415", "*/*": "415", "text/xml" + repeat(" ", 1000): "200 <?xml", "text/xml; charset=utf-7": "200 <?xml",
		"text/xml, application/json": "200 <?xml", "text/xml\x01": "400", "application/x-www-form-urlencoded": "400",
		"multipart/form-data; boundary=" + repeat("x", 10_000): "400", "application/json; charset=" + repeat("x", 10_000): "200 fault",
	} {
		cases = append(cases, hostile{"HTTP, Content-Type " + strconv.Quote(kind[:min(len(kind), 30)]), raw(post("/rpc", kind, versionCall)), want})
	}
	return cases
}

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "A%d: b\r\n", i)
	}
	return b.String()
}

// hostileTargets are addresses that want to be somewhere else.
func hostileTargets() []hostile {
	var cases []hostile
	for want, targets := range map[string][]string{
		"200": {"http://x:99999/rpc", "/rpc?" + repeat("a=b&", 10_000), "/rpc?referer=javascript:alert(1)"},
		"302": {"/logout"},
		"307": {"/../../../../etc/passwd", "/rpc/../../etc/passwd", "//rpc", "///login//rpc", "/./rpc", "/rpc/.", "/login/../rpc", "/env/../env/login/rpc"},
		"400": {"/rpc\x00", "/login /rpc", "/login\t/rpc", "http://[::1/rpc", "*", "rpc", "?", "", "#", "/%", "/%zz"},
		"401": {"/login/..;/rpc", "/%6c%6f%67%69%6e/rpc", "/login%2frpc", "/login/rpc/x", "/env/login/rpc", "http://x/login/rpc", "http://evil.example/login/rpc",
			"https://x/login/rpc", "/login?referer=http://evil.example/", "/login/events", "/env/login/events/1"},
		"404": {"/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/..\\..\\etc\\passwd", "/rpc%00", "/rpc%0d%0aX:%20y", "/LOGIN/rpc", "/login;a=b/rpc", "/env%2flogin/rpc",
			"/nosuch/login/rpc", "/rpc#x", "/" + repeat("a", 50_000), "/" + repeat("a/", 20_000), "/" + repeat("%41", 10_000), "/%c0%af", "/\xff", "/é", "/events/" + repeat("9", 10_000),
			"/events/-1", "/events/1%00"},
	} {
		for _, target := range targets {
			name := fmt.Sprintf("target %.40q", target)
			cases = append(cases, hostile{name, raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), want})
		}
	}
	return cases
}

// hostileLogins are credentials that are none.
func hostileLogins() []hostile {
	var cases []hostile
	add := func(name, want string, headers ...string) {
		cases = append(cases, hostile{"login, " + name, raw(post("/login/rpc", "text/xml", versionCall, headers...)), want})
	}
	add("honest", "200 <?xml", asAdmin)
	for _, value := range []string{
		"Basic", "Basic ", "Basic =", "Basic ====", "Basic !!!!", "Basic Og==", "Basic " + repeat("A", 50_000), "Basic YWRtaW46YWRtaW4", "Basic YWRtaW46YWRtaW4=,Basic YWRtaW46YWRtaW4=",
		"Basic YWRtaW4AOmFkbWlu", "Basic /////w==", "Digest", "Digest ", `Digest username="admin"`, "Digest " + repeat("a=b,", 5000), "Digest " + repeat(`a="`, 5000),
		`Digest username="admin", realm="trac", nonce="x", uri="/login/rpc", response="` + repeat("0", 32) + `", qop=auth, nc=00000001, cnonce="x"`, "Digest " + repeat(`\`, 10_000),
		"Bearer", "Bearer x", "Bearer tracrpc_" + repeat("A", 43), "Bearer tracrpc_", "Bearer " + repeat("A", 50_000), "Negotiate YII=", "NTLM TlRMTVNTUAAB", "AWS4-HMAC-SHA256 x", "  ",
	} {
		add(fmt.Sprintf("%.30q", value), "401|429", "Authorization: "+value)
	}
	add("control character", "400", "Authorization: \x01")
	add("two", "401", asAdmin, asAdmin)
	add("SQL", "401|429", "Authorization: Basic JyBPUiAxPTEgLS06eA==")
	add("many cookies", "401", "Cookie: "+repeat("trac_auth=a; ", 4000))
	add("cookie of SQL", "401", "Cookie: trac_auth=' OR 1=1 --")
	add("remote user", "401", "X-Remote-User: admin", "Remote-User: admin", "X-Forwarded-User: admin")
	add("forwarded", "401", "X-Forwarded-For: "+repeat("127.0.0.1, ", 3000), "X-Forwarded-Proto: https", "X-Forwarded-Host: evil")
	add("another site's", "403", asAdmin, "Origin: http://evil.example", "Sec-Fetch-Site: cross-site")
	return cases
}

// hostileSlowness takes its time. The server's patience is a few seconds in this
// test; what matters is that it ends.
func hostileSlowness() []hostile {
	const head = "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
	// drip sends a byte now and then, for as long as anybody takes it.
	drip := func(first, each string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, first)
			for ticker := time.NewTicker(100 * time.Millisecond); ; <-ticker.C {
				if _, err := io.WriteString(c, each); err != nil {
					ticker.Stop()
					return
				}
			}
		}
	}
	big := post("/rpc", "text/xml", "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>"+
		repeat("<value><struct><member><name>methodName</name><value>wiki.getPage</value></member><member><name>params</name><value><array><data>"+
			"<value>WikiStart</value></data></array></value></member></struct></value>", 3000)+"</data></array></value></param></params></methodCall>")
	return []hostile{
		{"slow, nothing at all", raw(""), "closed"},
		{"slow, half a line", raw("POST /rp"), "400"},
		{"slow, half the headers", raw(head), "closed"},
		{"slow, headers that drip", drip(head, "X: y\r\n"), "closed"},
		{"slow, a header that drips", drip(head+"X: ", "y"), "closed"},
		{"slow, no body", raw(head + "Content-Length: 1000\r\n\r\n"), "200 fault"},
		{"slow, half a body", raw(head + "Content-Length: 1000\r\n\r\n<methodCall>"), "200 fault"},
		{"slow, a body that drips", drip(head+"Content-Length: 100000\r\n\r\n", "x"), "200 fault"},
		{"slow, chunks that drip", drip(head+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), "200 fault"},
		{"slow, a chunk that does not come", raw(head + "Transfer-Encoding: chunked\r\n\r\nffff\r\n"), "200 fault"},
		{"slow, trailers that drip", drip(head+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"), "200 fault"},
		{"slow, gzip that drips", drip(head+"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\na\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\r\n", "1\r\nx\r\n"), "200 fault"},
		{"slow, a body to the login that drips", drip("POST /login/rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", "x"), "401"},
		{"slow, a body to nowhere that drips", drip("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", "x"), "404"},
		{"slow, a second request that does not come", raw("GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n"), "200"},
		{"slow, half a second request", raw("GET /rpc HTTP/1.1\r\nHost: x\r\n\r\nGET /rpc"), "200"},
		{"slow, answers that nobody reads", deaf(strings.Replace(big, "Connection: close\r\n", "", 1)), "deaf"},
	}
}

// deaf sends requests and reads no answer, until the server no longer takes them.
func deaf(request string) func(net.Conn) {
	return func(c net.Conn) {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetReadBuffer(1 << 12) // so that the answers stay with the server
		}
		for {
			if _, err := io.WriteString(c, request); err != nil {
				return
			}
		}
	}
}
