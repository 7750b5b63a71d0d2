package main

import (
	"fmt"
	"strings"
)

// hostileSmuggling are requests whose end is not where it seems to be, with a
// second one behind them on the same connection. All the answers count: whatever is
// said of a length in two ways must not be followed by a further request.
func hostileSmuggling() []hostile {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" // which is answered by 404
	const head = "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	const chunks = "46\r\n" + versionCall + "\r\n0\r\n\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(versionCall))
	behind := fmt.Sprintf("Content-Length: %d\r\n", len(smuggled))
	var cases []hostile
	add := func(name, text, want string) {
		cases = append(cases, hostile{"smuggling, " + name, raw(text), "all " + want + " end"})
	}
	add("honest pipeline", head+length+"\r\n"+versionCall+smuggled, "200 404")
	add("honest chunks", head+chunked+"\r\n"+chunks+smuggled, "200")
	add("CL.TE", head+"Content-Length: 6\r\n"+chunked+"\r\n0\r\n\r\n"+smuggled, "200")
	add("TE.CL", head+chunked+"Content-Length: 4\r\n\r\n"+chunks+smuggled, "200")
	add("TE.TE", head+chunked+"Transfer-encoding: x\r\n\r\n"+chunks+smuggled, "501")
	add("CL.CL", head+length+"Content-Length: 0\r\n\r\n"+versionCall+smuggled, "400")
	add("CL.CL, the same", head+length+length+"\r\n"+versionCall+smuggled, "200 404")
	add("CL.0", head+behind+"\r\n"+smuggled, "200")
	add("0.CL", head+"\r\n"+smuggled, "200 404")
	add("no length", head+"\r\n"+versionCall+smuggled, "200 400")
	add("too short a length", head+"Content-Length: 10\r\n\r\n"+versionCall+smuggled, "200 400")
	add("unknown coding and a length", head+"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n"+smuggled, "501")
	add("chunked by tab", head+"Transfer-Encoding:\tchunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"+smuggled, "200")
	add("chunked in a folded header", head+"Transfer-Encoding:\r\n chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"+smuggled, "200")
	add("chunked before a colon", head+"Transfer-Encoding : chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"+smuggled, "400")
	add("chunked behind a NUL", head+"Transfer-Encoding: \x00chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"+smuggled, "400")
	add("broken chunk", head+chunked+"\r\n-1\r\nx\r\n0\r\n\r\n"+smuggled, "200")
	add("chunk of line feeds", head+chunked+"\r\n"+strings.ReplaceAll(chunks, "\r\n", "\n")+smuggled, "200")
	add("line feed in a chunk's extension", head+chunked+"\r\n46;a\nb\r\n"+versionCall+"\r\n0\r\n\r\n"+smuggled, "200")
	add("trailer of a length", head+chunked+"\r\n"+strings.TrimSuffix(chunks, "\r\n")+"Content-Length: 5\r\n\r\n"+smuggled, "200")
	add("GET with a body", "GET /rpc HTTP/1.1\r\nHost: x\r\n"+behind+"\r\n"+smuggled+smuggled, "200 404")
	add("GET in chunks", "GET /rpc HTTP/1.1\r\nHost: x\r\n"+chunked+"\r\n0\r\n\r\n"+smuggled, "200")
	add("body of a refused login", "POST /login/rpc HTTP/1.1\r\nHost: x\r\n"+behind+"\r\n"+smuggled+smuggled, "401 404")
	add("body to nowhere", "POST /nowhere HTTP/1.1\r\nHost: x\r\n"+behind+"\r\n"+smuggled, "404")
	add("body of no protocol", "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\n"+behind+"\r\n"+smuggled, "415")
	add("body of another verb", "DELETE /rpc HTTP/1.1\r\nHost: x\r\n"+behind+"\r\n"+smuggled, "405")
	add("upgrade", "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"+behind+"\r\n"+smuggled, "200")
	add("CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"+smuggled, "404 404")
	add("version 1.0", "POST /rpc HTTP/1.0\r\nContent-Type: text/xml\r\n"+length+"\r\n"+versionCall+smuggled, "200")
	add("version 1.0 in chunks", "POST /rpc HTTP/1.0\r\nContent-Type: text/xml\r\n"+chunked+"\r\n"+chunks+smuggled, "200")
	add("a CR as the end of a header", head+strings.TrimSuffix(length, "\n")+"X: y\r\n\r\n"+versionCall+smuggled, "400")
	add("a line feed before a header", head+"X: y\r\n\n"+length+"\r\n"+versionCall+smuggled, "200 400")
	add("expectation", head+length+"Expect: 100-continue\r\n\r\n"+versionCall+smuggled, "100 200 404")
	return cases
}
