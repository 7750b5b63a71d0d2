package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

// hostileJSON are bodies that are no JSON, or no call.
func hostileJSON() []hostile {
	const fault = "200 fault"
	cases := []hostile{
		jsonCase("nothing", "", fault),
		jsonCase("long key", `{"`+repeat("a", 5_000_000)+`": 1}`, fault),
		jsonCase("one key many times", `{"method": "x"`+repeat(`, "a": 1`, 100_000)+`}`, fault),
		jsonCase("string that does not end", `"`+repeat("a", 5_000_000), fault),
		jsonCase("string of backslashes", `"`+repeat(`\`, 1_000_001), fault),
		jsonCase("escapes", jsonEcho(`"`+repeat(`\u0041`, 500_000)+`"`), fault),
		jsonCase("escaped NUL", jsonEcho(`"\u0000"`), fault),
		jsonCase("method of NULs", `{"method": "`+repeat(`\u0000`, 1000)+`"}`, fault),
		jsonCase("params of a long string", `{"method": "system.listMethods", "params": "`+repeat("a", 10_000_000)+`"}`, fault),
		jsonCase("params of a number", `{"method": "system.listMethods", "params": 5}`, fault),
		jsonCase("long id", `{"method": "nosuch", "id": "`+repeat("a", 5_000_000)+`"}`, fault),
		jsonCase("id that nests", `{"method": "nosuch", "id": `+nested("[", "", "]", 900)+`}`, fault),
		jsonCase("__proto__", `{"method": "nosuch", "__proto__": {"a": 1}, "constructor": {}}`, fault),
		jsonCase("jsonclass in jsonclass", jsonEcho(nested(`{"__jsonclass__": ["binary", `, `"aA=="`, `]}`, 500)), fault),
		jsonCase("jsonclass of a class", jsonEcho(`{"__jsonclass__": ["os.system", "id"]}`), fault),
		jsonCase("batch of nothing", `[]`, fault),
		jsonCase("batch of numbers", `[`+repeat("1,", 100_000)+`1]`, fault),
		jsonCase("batch of many", `[`+repeat(`{"jsonrpc": "2.0", "method": "x", "id": 1},`, 20_000)+`{"jsonrpc": "2.0"}]`, fault),
		jsonCase("notifications", `[`+repeat(`{"jsonrpc": "2.0", "method": "x"},`, 20_000)+`{"jsonrpc": "2.0", "method": "x"}]`, "204"),
		jsonCase("UTF-16 that is none", "\xff\xfe{\x00", fault),
		jsonCase("UTF-32 that is none", "\xff\xfe\x00\x00{", fault),
		jsonCase("NULs", repeat("\x00", 100_000), fault),
		jsonCase("spaces", repeat(" ", 5_000_000), fault),
	}
	for _, text := range []string{
		"{", "[", `"`, "}", "]", ",", ":", `{"method"}`, `{"method":}`, `{method: 1}`, `{'method': 1}`, `{"method": "x",}`, `[1,]`, `{"a": 1} x`, "nul", "tru", "NaNa",
		"-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "1_0", "--1", `"\x41"`, `"\u12"`, `"\uD800"`, `"\u00zz"`, "\"a\nb\"", "/* */ 1", "undefined", "Infinit",
		repeat("9", 4301), "1e" + repeat("9", 100_000), "-" + repeat("0", 100_000),
	} {
		cases = append(cases, jsonCase(fmt.Sprintf("%.20q", text), text, fault))
	}
	for _, n := range []int{900, 1001, 10_000, 1_000_000} {
		cases = append(cases,
			jsonCase(fmt.Sprint("arrays ", n, " deep"), jsonEcho(nested("[", "", "]", n)), fault),
			jsonCase(fmt.Sprint("objects ", n, " deep"), jsonEcho(nested(`{"a":`, "1", "}", n)), fault),
			jsonCase(fmt.Sprint("arrays ", n, " deep that do not end"), repeat("[", n), fault))
	}
	return cases
}

// hostileSizes are large in one way or another.
func hostileSizes() []hostile {
	const fault = "200 fault"
	const limit = 32 << 20
	return []hostile{
		xmlCase("as large as may be", echo("<value>"+repeat("x", limit-200)+"</value>"), fault),
		jsonCase("as large as may be", jsonEcho(`"`+repeat("x", limit-200)+`"`), fault),
		xmlCase("one byte too large", repeat("x", limit+1), fault),
		{"too large by its length", raw("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 99999999999\r\n\r\nx"), fault},
		{"too large in chunks", raw("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
			repeat("100000\r\n"+repeat("x", 1<<20)+"\r\n", 33) + "0\r\n\r\n"), fault + "|closed"},
		{"many small chunks", raw("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
			repeat("1\r\nx\r\n", 300_000) + "0\r\n\r\n"), fault},
		{"large body that nobody wants", raw(post("/nowhere", "text/xml", repeat("x", 20<<20))), "404|closed"},
		{"large body to the login", raw(post("/login/rpc", "text/xml", repeat("x", 20<<20))), "401|closed"},
		{"large body of no protocol", raw(post("/rpc", "application/octet-stream", repeat("x", 20<<20))), "415|closed"},
		xmlCase("many values", echo("<value><array><data>"+repeat("<value/>", 250_001)+"</data></array></value>"), fault),
		xmlCase("nearly too many values", echo("<value><array><data>"+repeat("<value/>", 249_000)+"</data></array></value>"), fault),
		xmlCase("many params", "<methodCall><methodName>system.listMethods</methodName><params>"+repeat("<param><int>1</int></param>", 200_000)+"</params></methodCall>", fault),
		jsonCase("many values", jsonEcho("["+repeat("0,", 250_001)+"0]"), fault),
		jsonCase("many objects", jsonEcho("["+repeat("{},", 240_000)+"0]"), fault),
		jsonCase("many members", jsonEcho("{"+manyMembers(200_000)+`"z": 1}`), fault),
		jsonCase("many large numbers", jsonEcho("["+repeat(repeat("9", 4000)+",", 2000)+"0]"), fault),
		xmlCase("large base64", echo("<value><base64>"+repeat("AAAA", 5_000_000)+"</base64></value>"), fault),
		xmlCase("large Latin-1", `<?xml version="1.0" encoding="iso-8859-1"?>`+echo("<value>"+repeat("\xe9", 10_000_000)+"</value>"), fault),
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"a%d": 1, `, i)
	}
	return b.String()
}

// packed is a text packed by gzip.
func packed(t testing.TB, text io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zeros is a reader of many zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// hostileGzip are packed bodies.
func hostileGzip(t testing.TB) []hostile {
	const fault = "200 fault"
	good := packed(t, strings.NewReader(versionCall))
	bomb := packed(t, zeros(100<<20))
	broken := []byte(good)
	broken[len(broken)-6] ^= 0xff
	gzipCase := func(name, body, coding, want string) hostile {
		return hostile{"gzip, " + name, raw(post("/rpc", "text/xml", body, "Content-Encoding: "+coding)), want}
	}
	return []hostile{
		gzipCase("good", good, "gzip", "200 <?xml"),
		gzipCase("good by its old name", good, "X-GZIP", "200 <?xml"),
		gzipCase("bomb", bomb, "gzip", fault),
		gzipCase("bomb in a bomb", packed(t, strings.NewReader(bomb)), "gzip", fault),
		gzipCase("bombs in a row", repeat(packed(t, zeros(20<<20)), 20), "gzip", fault),
		gzipCase("many empty members", repeat(packed(t, strings.NewReader("")), 100_000), "gzip", fault),
		gzipCase("cut", good[:len(good)/2], "gzip", fault),
		gzipCase("cut in its head", good[:5], "gzip", fault),
		gzipCase("wrong sum", string(broken), "gzip", fault),
		gzipCase("garbage behind", good+"garbage", "gzip", fault),
		gzipCase("garbage", repeat("\xde\xad", 1000), "gzip", fault),
		gzipCase("head and garbage", good[:10]+repeat("\xff", 100_000), "gzip", fault),
		gzipCase("not packed", versionCall, "gzip", fault),
		gzipCase("nothing", "", "gzip", fault),
		gzipCase("packed, but not said", good, "identity", fault),
		gzipCase("twice", good, "gzip, gzip", "415"),
		gzipCase("deflate", good, "deflate", "415"),
		gzipCase("brotli", good, "br", "415"),
		gzipCase("zstd", good, "zstd", "415"),
		gzipCase("compress", good, "compress", "415"),
		gzipCase("nonsense", good, repeat("x", 10_000), "415"),
		{"gzip, two headers", raw(post("/rpc", "text/xml", good, "Content-Encoding: gzip", "Content-Encoding: gzip")), "415"},
		{"gzip, bomb in chunks", raw("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" +
			"Connection: close\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(bomb), bomb)), fault},
		{"gzip, bombs to the login", raw(post("/login/rpc", "text/xml", bomb, "Content-Encoding: gzip")), "401"},
		{"gzip, JSON bomb", raw(post("/rpc", "application/json", bomb, "Content-Encoding: gzip")), fault},
	}
}

// hostileMulticalls ask for much in few words.
func hostileMulticalls() []hostile {
	const one = "<value><struct><member><name>methodName</name><value>wiki.getPage</value></member>" +
		"<member><name>params</name><value><array><data><value>WikiStart</value></data></array></value></member></struct></value>"
	multi := func(inside string) string {
		return "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>" + inside +
			"</data></array></value></param></params></methodCall>"
	}
	const open = "<value><struct><member><name>methodName</name><value>system.multicall</value></member>" +
		"<member><name>params</name><value><array><data><value><array><data>"
	const end = "</data></array></value></data></array></value></member></struct></value>"
	const jsonOpen, jsonEnd = `{"methodName": "system.multicall", "params": [[`, `]]}`
	fast := `{"method": "x"}`
	cases := []hostile{
		xmlCase("multicall of nothing", multi(""), "200 <?xml"),
		xmlCase("multicall of strings", multi(repeat("<value>x</value>", 50_000)), "200 <?xml"),
		xmlCase("multicall of a string", echo("<value>x</value>"), "200 fault"),
		xmlCase("multicall of unknown methods", multi(repeat("<value><struct><member><name>methodName</name><value>x</value></member>"+
			"<member><name>params</name><value><array><data/></array></value></member></struct></value>", 20_000)), "200 <?xml"),
		xmlCase("multicall that answers with much", multi(repeat(one, 30_000)), "200 <?xml"),
		jsonCase("multicall of too many", `{"method": "system.multicall", "params": [`+repeat(fast+",", 100_000)+fast+`]}`, "200 fault"),
		jsonCase("batch of too many", `[{"jsonrpc": "2.0", "method": "x", "id": 1}`+repeat(`,1`, 100_001)+`]`, "200 fault"),
		jsonCase("multicall of a long string", `{"method": "system.multicall", "params": "`+repeat("a", 1_000_000)+`"}`, "200 fault"),
	}
	for _, n := range []int{5, 12, 100, 300, 5000} {
		cases = append(cases,
			xmlCase(fmt.Sprint("multicalls ", n, " deep"), multi(nested(open, one, end, n)), "200"),
			jsonCase(fmt.Sprint("multicalls ", n, " deep"), `{"method": "system.multicall", "params": [{"method": "system.multicall", "params": [[`+
				nested(jsonOpen, "", jsonEnd, n)+`]]}]}`, "200"))
	}
	return cases
}
