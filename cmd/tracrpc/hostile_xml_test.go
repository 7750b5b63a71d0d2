package main

import (
	"fmt"
	"strings"
)

// hostileEntities want much made out of little, or files read.
func hostileEntities() []hostile {
	laughs := `<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a0 "ha">`
	for i := range 20 {
		laughs += fmt.Sprintf(`<!ENTITY a%d "%s">`, i+1, repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	const parse = "200 fault"
	cases := []hostile{
		xmlCase("billion laughs", laughs+"]>"+echo("<value>&a20;</value>"), parse),
		xmlCase("quadratic blow-up", `<!DOCTYPE m [<!ENTITY a "`+repeat("x", 100_000)+`">]>`+echo("<value>"+repeat("&a;", 100_000)+"</value>"), parse),
		xmlCase("entity of itself", `<!DOCTYPE m [<!ENTITY a "&a;">]>`+echo("<value>&a;</value>"), parse),
		xmlCase("file", `<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>`+echo("<value>&a;</value>"), parse),
		xmlCase("file, PUBLIC", `<!DOCTYPE m [<!ENTITY a PUBLIC "x" "file:///etc/passwd">]>`+echo("<value>&a;</value>"), parse),
		xmlCase("address", `<!DOCTYPE m [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]>`+echo("<value>&a;</value>"), parse),
		xmlCase("parameter entity", `<!DOCTYPE m [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>`+echo("<value>x</value>"), parse),
		xmlCase("parameter entities in a ring", `<!DOCTYPE m [<!ENTITY % a "%b;"><!ENTITY % b "%a;">%a;]>`+echo("<value>x</value>"), parse),
		xmlCase("external DTD", `<!DOCTYPE m SYSTEM "http://127.0.0.1:1/x.dtd">`+echo("<value>&x;</value>"), parse),
		xmlCase("external DTD, not used", `<!DOCTYPE m SYSTEM "http://127.0.0.1:1/x.dtd">`+echo("<value>system.multicall</value>"), "200 <?xml"),
		xmlCase("attribute list", `<!DOCTYPE m [<!ATTLIST value x CDATA "y">]>`+echo("<value>x</value>"), parse),
		xmlCase("notation", `<!DOCTYPE m [<!NOTATION n SYSTEM "x">]>`+echo("<value>x</value>"), parse),
		xmlCase("conditional section", `<!DOCTYPE m [<![INCLUDE[<!ENTITY a "x">]]>]>`+echo("<value>x</value>"), parse),
		xmlCase("DOCTYPE that does not end", `<!DOCTYPE m `+repeat("x ", 100_000), parse),
		xmlCase("DOCTYPE with a quote that does not end", `<!DOCTYPE m "`+repeat("x", 100_000), parse),
		xmlCase("DOCTYPE after the root", echo("<value>x</value>")+"<!DOCTYPE m>", parse),
		xmlCase("DOCTYPE inside", echo("<value><!DOCTYPE m>x</value>"), parse),
		xmlCase("many DOCTYPEs", repeat("<!DOCTYPE m>", 10_000)+echo("<value>system.multicall</value>"), "200 <?xml"),
		xmlCase("unknown entity", echo("<value>&nbsp;</value>"), parse),
		xmlCase("entity without an end", echo("<value>&amp</value>"), parse),
		xmlCase("many ampersands", echo("<value>"+repeat("&", 1_000_000)+"</value>"), parse),
		xmlCase("many references", echo("<value>"+repeat("&lt;", 500_000)+"</value>"), parse),
		xmlCase("XInclude", echo(`<value><xi:include href="file:///etc/passwd" xmlns:xi="http://www.w3.org/2001/XInclude"/></value>`), parse),
		xmlCase("style sheet", `<?xml-stylesheet href="file:///etc/passwd"?>`+echo("<value>system.multicall</value>"), "200 <?xml"),
	}
	for _, number := range []string{"0", "1", "x1F", "xD800", "xDFFF", "xFFFE", "xFFFF", "x110000", "99999999999999999999", "-1", "+65", "", "x", "xg", "65x", "0x41"} {
		cases = append(cases, xmlCase("reference &#"+number+";", echo("<value>&#"+number+";</value>"), parse))
	}
	return cases
}

// hostileCharacters are bytes that no text has, in each protocol.
func hostileCharacters() []hostile {
	bad := map[string]string{
		"overlong NUL": "\xc0\x80", "overlong slash": "\xc0\xaf", "overlong slash of 3": "\xe0\x80\xaf", "overlong slash of 4": "\xf0\x80\x80\xaf",
		"5 bytes": "\xf8\x88\x80\x80\x80", "6 bytes": "\xfc\x84\x80\x80\x80\x80", "lone continuation": "\x80", "cut sequence": "\xe2\x82",
		"half a surrogate": "\xed\xa0\x80", "pair of surrogates": "\xed\xa0\x80\xed\xb0\x80", "beyond Unicode": "\xf4\x90\x80\x80", "FE": "\xfe", "FF": "\xff",
		"Latin-1": "\xe9",
	}
	var cases []hostile
	for name, text := range bad {
		cases = append(cases,
			xmlCase(name, echo("<value>a"+text+"b</value>"), "200 fault"),
			xmlCase(name+" in a name", "<methodCall><methodName>a"+text+"</methodName></methodCall>", "200 fault"),
			jsonCase(name, jsonEcho(`"a`+text+`b"`), "200 fault"))
	}
	for c := range 32 {
		if c != '\t' && c != '\n' && c != '\r' {
			cases = append(cases,
				xmlCase(fmt.Sprintf("control %02x", c), echo("<value>a"+string(rune(c))+"b</value>"), "200 fault"),
				jsonCase(fmt.Sprintf("control %02x", c), jsonEcho(`"a`+string(rune(c))+`b"`), "200 fault"))
		}
	}
	for name, body := range map[string]string{
		"U+FFFE": echo("<value>\uFFFE</value>"), "U+FFFF": echo("<value>\uFFFF</value>"), "NUL alone": "\x00", "NULs": repeat("\x00", 100_000),
		"BOM twice": "\uFEFF\uFEFF" + echo("<value>x</value>"), "UTF-7": `<?xml version="1.0" encoding="utf-7"?>` + echo("<value>+ADw-</value>"),
		"unknown encoding":    `<?xml version="1.0" encoding="` + repeat("x", 10_000) + `"?>` + echo("<value>x</value>"),
		"UTF-16 that is none": "\xff\xfe" + echo("<value>x</value>"), "half a UTF-16 unit": "\xff\xfe<", "UTF-32": "\x00\x00\xfe\xff\x00\x00\x00<",
		"US-ASCII with more": `<?xml version="1.0" encoding="us-ascii"?>` + echo("<value>é</value>"), "EBCDIC": "\x4c\x6f\xa7\x94\x93",
		"declaration that does not end": "<?xml version", "two declarations": `<?xml version="1.0"?><?xml version="1.0"?>` + echo("<value>x</value>"),
	} {
		cases = append(cases, xmlCase(name, body, "200 fault"))
	}
	return cases
}

// hostileXML are documents that are not what they should be.
func hostileXML() []hostile {
	const fault = "200 fault"
	cases := []hostile{
		xmlCase("nothing", "", fault),
		xmlCase("spaces", repeat(" ", 1_000_000), fault),
		xmlCase("open brackets", repeat("<", 1_000_000), fault),
		xmlCase("closing tags", repeat("</a>", 100_000), fault),
		xmlCase("open tags", repeat("<a>", 100_000), fault),
		xmlCase("end in a tag", "<methodCall><methodName", fault),
		xmlCase("end in an attribute", `<methodCall a="`, fault),
		xmlCase("end in a comment", "<!--"+repeat("-", 100_000), fault),
		xmlCase("end in a section", echo("<value><![CDATA["+repeat("]", 100_000)), fault),
		xmlCase("end in an instruction", "<?x "+repeat("?", 100_000), fault),
		xmlCase("many comments", repeat("<!---->", 500_000)+echo("<value>system.multicall</value>"), "200 <?xml"),
		xmlCase("many comments in a text", echo("<value>"+repeat("a<!---->", 500_000)+"</value>"), fault),
		xmlCase("many sections", echo("<value>"+repeat("<![CDATA[a]]>", 300_000)+"</value>"), fault),
		xmlCase("many instructions", repeat("<?a b?>", 500_000)+echo("<value>system.multicall</value>"), "200 <?xml"),
		xmlCase("comment in a comment", "<!-- <!-- --> -->"+echo("<value>x</value>"), fault),
		xmlCase("section's end in a text", echo("<value>]]></value>"), fault),
		xmlCase("many attributes", "<methodCall"+repeat(` a="b"`, 300_000)+"><methodName>x</methodName></methodCall>", fault),
		xmlCase("long attribute", `<methodCall a="`+repeat("x", 5_000_000)+`"><methodName>x</methodName></methodCall>`, fault),
		xmlCase("long name of an element", "<"+repeat("a", 5_000_000)+">", fault),
		xmlCase("long method name", "<methodCall><methodName>"+repeat("a.", 1_000_000)+"</methodName></methodCall>", fault),
		xmlCase("many namespaces", "<"+repeat("a:", 1_000_000)+"methodCall/>", fault),
		xmlCase("crossed tags", echo("<value><string></value></string>"), fault),
		xmlCase("answer for a call", "<methodResponse><params/></methodResponse>", fault),
		xmlCase("HTML", "<!DOCTYPE html><html><script>alert(1)</script></html>", fault),
		xmlCase("SOAP", `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>`, fault),
		xmlCase("two documents", echo("<value>x</value>")+echo("<value>x</value>"), fault),
		xmlCase("struct with one name many times", echo("<value><struct>"+repeat("<member><name>a</name><value>b</value></member>", 50_000)+"</struct></value>"), fault),
		xmlCase("struct with many names", echo("<value><struct>"+members(50_000)+"</struct></value>"), fault),
		xmlCase("member without a name", echo("<value><struct><member><value>b</value></member></struct></value>"), fault),
		xmlCase("member with two values", echo("<value><struct><member><name>a</name><value>b</value><value>c</value></member></struct></value>"), fault),
	}
	for _, n := range []int{900, 999, 1001, 10_000, 300_000} {
		cases = append(cases,
			xmlCase(fmt.Sprint("arrays ", n, " deep"), echo(nested("<value><array><data>", "", "</data></array></value>", n)), fault),
			xmlCase(fmt.Sprint("structs ", n, " deep"), echo(nested("<value><struct><member><name>a</name>", "<value>b</value>", "</member></struct></value>", n)), fault),
			xmlCase(fmt.Sprint("elements ", n, " deep"), nested("<a>", "", "</a>", n), fault),
			xmlCase(fmt.Sprint("arrays ", n, " deep that do not end"), echo(repeat("<value><array><data>", n)), fault))
	}
	for kind, texts := range map[string][]string{
		"int":              {"", "x", "1.5", "--1", "1_000", "0x10", repeat("9", 4301), repeat("9", 1_000_000), "٣"},
		"boolean":          {"", "2", "true", " 1", "-1"},
		"double":           {"", "x", "1e", "0x1p3", "1_0", repeat("1", 1_000_000) + "x", "1,5"},
		"dateTime.iso8601": {"", "x", "20261399T00:00:00", "99999999T99:99:99", "00000101T00:00:00", "2026-11-21", repeat("2", 100_000)},
		"base64":           {"!", "a", "====", "aGVsbG8=x" + repeat("=", 1000), "aGVs\x01"},
		"nosuchtype":       {"", "x"},
	} {
		for _, text := range texts {
			cases = append(cases, xmlCase(fmt.Sprintf("%s %.20s", kind, text), echo("<value><"+kind+">"+text+"</"+kind+"></value>"), fault))
		}
	}
	return cases
}

// members are members of a struct, each with a name of its own.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<member><name>a%d</name><value>b</value></member>", i)
	}
	return b.String()
}
