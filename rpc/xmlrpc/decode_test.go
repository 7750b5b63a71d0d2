package xmlrpc

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tracrpc/fault"
	"tracrpc/rpc"
)

func date(year int, month time.Month, day, hour, minute, second int) time.Time {
	return time.Date(year, month, day, hour, minute, second, 0, time.UTC)
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	tests := []struct {
		name, xml string
		want      any
	}{
		{"untyped", "<value>text</value>", "text"},
		{"untyped, spaces kept", "<value> no.such </value>", " no.such "},
		{"untyped, empty", "<value></value>", ""},
		{"untyped, self-closed", "<value/>", ""},
		{"untyped, CDATA", "<value><![CDATA[<a> & b]]></value>", "<a> & b"},
		{"untyped, comment", "<value>a<!-- c -->b<?p i?>c</value>", "abc"},
		{"no value element", "<string>text</string>", "text"},
		{"string", "<value><string> a </string></value>", " a "},
		{"string, self-closed", "<value><string/></value>", ""},
		{"string, spaces around", "<value>\n <string>a</string>\n</value>", "a"},
		{"string, references", "<value><string>&lt;&gt;&amp;&quot;&apos;&#65;&#x263a;&#x1F600;</string></value>", `<>&"'A☺😀`},
		{"string, newlines", "<value><string>a\nb\r\nc\rd&#10;e&#13;f</string></value>", "a\r\nb\r\nc\r\nd\r\ne\rf"},
		{"string, newline in CDATA", "<value><string><![CDATA[a\nb]]></string></value>", "a\r\nb"},
		{"string, bracket", "<value><string>a]b]]c&gt;</string></value>", "a]b]]c>"},
		{"i1", "<value><i1>5</i1></value>", 5},
		{"i2", "<value><i2>-5</i2></value>", -5},
		{"i4", "<value><i4>005</i4></value>", 5},
		{"i8", "<value><i8>9223372036854775807</i8></value>", math.MaxInt64},
		{"int", "<value><int> +5\n</int></value>", 5},
		{"int, huge", "<value><int>-123456789012345678901234567890</int></value>", huge},
		{"boolean", "<value><boolean>1</boolean></value>", true},
		{"boolean, false", "<value><boolean>0</boolean></value>", false},
		{"double", "<value><double>1e3</double></value>", 1000.0},
		{"double, infinite", "<value><double>-inf</double></value>", math.Inf(-1)},
		{"double, past all", "<value><double>1e999</double></value>", math.Inf(1)},
		{"nil", "<value><nil/></value>", nil},
		{"ex:nil", `<value><ex:nil xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions"/></value>`, nil},
		{"ex:i8", "<value><ex:i8>7</ex:i8></value>", 7},
		{"base64", "<value><base64>\n aGVs\n bG8= \n</base64></value>", []byte("hello")},
		{"base64, garbage", "<value><base64>!!</base64></value>", []byte{}},
		{"date", "<value><dateTime.iso8601>20200229T12:34:56</dateTime.iso8601></value>", date(2020, 2, 29, 12, 34, 56)},
		{"date, dashes", "<value><dateTime.iso8601>2020-02-29T12:34:56</dateTime.iso8601></value>", date(2020, 2, 29, 12, 34, 56)},
		{"date, Z", "<value><dateTime.iso8601>20200229T12:34:56Z</dateTime.iso8601></value>", date(2020, 2, 29, 12, 34, 56)},
		{"date, zone", "<value><dateTime.iso8601>20200229T12:34:56+0130</dateTime.iso8601></value>", date(2020, 2, 29, 11, 4, 56)},
		{"date, zone with colon", "<value><dateTime.iso8601>2020-02-29T12:34:56-01:00</dateTime.iso8601></value>", date(2020, 2, 29, 13, 34, 56)},
		{"date, fraction", "<value><dateTime.iso8601>20200229T12:34:56.5</dateTime.iso8601></value>", date(2020, 2, 29, 12, 34, 56).Add(time.Second / 2)},
		{"date, lower t", "<value><dateTime.iso8601>20200229t12:34:56</dateTime.iso8601></value>", date(2020, 2, 29, 12, 34, 56)},
		{"date, last", "<value><dateTime.iso8601>99991231T23:59:59</dateTime.iso8601></value>", date(9999, 12, 31, 23, 59, 59)},
		{"array", "<value><array><data><value>a</value><value/><value><int>1</int></value></data></array></value>", []any{"a", "", 1}},
		{"array, no data", "<value><array></array></value>", []any{}},
		{"array, self-closed", "<value><array/></value>", []any{}},
		{"array, empty data", "<value><array>\n<data/>\n</array></value>", []any{}},
		{"array, values without data", "<value><array><value>a</value></array></value>", []any{"a"}},
		{"struct", "<value><struct><member><name>a</name><value>b\n</value></member></struct></value>", rpc.Struct{{Name: "a", Value: "b\r\n"}}},
		{"struct, spaces in the name", "<value><struct> <member> <name> a\n</name> <value/> </member> </struct></value>", rpc.Struct{{Name: " a\n", Value: ""}}},
		{"struct, empty", "<value><struct/></value>", rpc.Struct{}},
		{"struct, no name", "<value><struct><member><name/><value>1</value></member></struct></value>", rpc.Struct{{Name: "", Value: "1"}}},
		{"struct, double", "<value><struct><member><name>a</name><value>1</value></member><member><name>a</name><value>2</value></member></struct></value>", rpc.Struct{{Name: "a", Value: "2"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			call, err := parse("<methodCall><methodName>m</methodName><params><param>" + test.xml + "</param></params></methodCall>")
			if err != nil {
				t.Fatalf("parse(%s): %v", test.xml, err)
			}
			if diff := cmp.Diff([]any{test.want}, call.Params, compareBig); diff != "" {
				t.Errorf("parse(%s): want -, got +\n%s", test.xml, diff)
			}
		})
	}
}

var compareBig = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func TestParseCall(t *testing.T) {
	t.Parallel()
	const document = "<methodCall><methodName>mé</methodName><params><param><value>ä</value></param></params></methodCall>"
	latin1, _ := charmap.ISO8859_1.NewEncoder().String(document)
	utf16le, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(document)
	utf16be, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(document)
	tests := []struct {
		name, body, method string
		params             []any
	}{
		{"plain", "<methodCall><methodName>m</methodName><params></params></methodCall>", "m", nil},
		{"no params", "<methodCall><methodName>m</methodName></methodCall>", "m", nil},
		{"params first", "<methodCall><params/><methodName>m</methodName></methodCall>", "m", nil},
		{"spaces in the name", "<methodCall><methodName> m\n</methodName><params/></methodCall>", " m\n", nil},
		{"empty name", "<methodCall><methodName></methodName><params/></methodCall>", "", nil},
		{"white space", "\n <methodCall>\n<methodName>m</methodName>\n<params>\n<param>\n<value/>\n</param>\n</params>\n</methodCall>\n ", "m", []any{""}},
		{"prolog", "<?xml version='1.0' encoding=\"utf-8\"?>\n<!-- c --><?p i?><!DOCTYPE methodCall><methodCall><methodName>m</methodName></methodCall><!-- d -->", "m", nil},
		{"DOCTYPE of a file", `<!DOCTYPE m PUBLIC "-//[>" 'x[y'><methodCall><methodName>m</methodName></methodCall>`, "m", nil},
		{"attributes", `<methodCall a="b>" xmlns:x='&lt;'><x:methodName c = "d" >m</x:methodName ></methodCall >`, "m", nil},
		{"UTF-8", "<?xml version='1.0'?>" + document, "mé", []any{"ä"}},
		{"UTF-8 with a mark", "\xEF\xBB\xBF<?xml version='1.0'?>" + document, "mé", []any{"ä"}},
		{"ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + latin1, "mé", []any{"ä"}},
		{"US-ASCII", "<?xml version='1.0' encoding='us-ascii'?><methodCall><methodName>m</methodName></methodCall>", "m", nil},
		{"UTF-16", utf16le, "mé", []any{"ä"}},
		{"UTF-16 without a mark", utf16be, "mé", []any{"ä"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			call, err := parse(test.body)
			if err != nil {
				t.Fatalf("parse(%s): %v", test.body, err)
			}
			if call.Method != test.method || !cmp.Equal(call.Params, test.params) {
				t.Errorf("parse(%s) = %q %q, want %q %q", test.body, call.Method, call.Params, test.method, test.params)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	value := func(xml string) string {
		return "<methodCall><methodName>m</methodName><params><param>" + xml + "</param></params></methodCall>"
	}
	tests := []struct {
		name, body string
		kind       fault.Kind
	}{
		{"nothing", "", fault.Parse},
		{"only spaces", "   ", fault.Parse},
		{"JSON", `{"method": "m"}`, fault.Parse},
		{"cut off", "<methodCall><methodName>m</methodName>", fault.Parse},
		{"cut off in a tag", "<methodCall><methodName", fault.Parse},
		{"text after", "<methodCall><methodName>m</methodName></methodCall>x", fault.Parse},
		{"element after", "<methodCall><methodName>m</methodName></methodCall><x/>", fault.Parse},
		{"text before", "x<methodCall><methodName>m</methodName></methodCall>", fault.Parse},
		{"space before the declaration", " <?xml version='1.0'?><methodCall><methodName>m</methodName></methodCall>", fault.Parse},
		{"wrong root", "<call><methodName>m</methodName></call>", fault.Parse},
		{"nothing called", "<methodCall/>", fault.Parse},
		{"no name", "<methodCall><params/></methodCall>", fault.NoName},
		{"an answer", "<methodResponse><params><param><value><int>1</int></value></param></params></methodResponse>", fault.NoName},
		{"two names", "<methodCall><methodName>m</methodName><methodName>m</methodName></methodCall>", fault.Parse},
		{"element in the name", "<methodCall><methodName>m<b/></methodName></methodCall>", fault.Parse},
		{"mismatched tag", "<methodCall><methodName>m</methodname></methodCall>", fault.Parse},
		{"other prefix", "<methodCall><x:methodName>m</y:methodName></methodCall>", fault.Parse},
		{"DTD", `<!DOCTYPE x [<!ENTITY e "m">]><methodCall><methodName>&e;</methodName></methodCall>`, fault.Parse},
		{"DOCTYPE inside", "<methodCall><!DOCTYPE x><methodName>m</methodName></methodCall>", fault.Parse},
		{"unknown entity", value("<value>caf&eacute;</value>"), fault.Parse},
		{"bare ampersand", value("<value>a & b</value>"), fault.Parse},
		{"reference to a control character", value("<value>a&#1;b</value>"), fault.Parse},
		{"reference to half a character", value("<value>&#xD800;</value>"), fault.Parse},
		{"signed reference", value("<value>&#+65;</value>"), fault.Parse},
		{"control character", value("<value>a\x02b</value>"), fault.Parse},
		{"U+FFFF", value("<value>\uffff</value>"), fault.Parse},
		{"no UTF-8", value("<value>n\xf6</value>"), fault.Parse},
		{"no US-ASCII", "<?xml version='1.0' encoding='us-ascii'?>" + value("<value>é</value>"), fault.Parse},
		{"unknown encoding", "<?xml version='1.0' encoding='nosuch'?>" + value("<value>e</value>"), fault.Parse},
		{"]]> in text", value("<value>a]]>b</value>"), fault.Parse},
		{"-- in a comment", value("<value><!-- a -- b --></value>"), fault.Parse},
		{"attribute without quotes", value("<value a=b>x</value>"), fault.Parse},
		{"attribute with <", value("<value a='<'>x</value>"), fault.Parse},
		{"attributes without space", value("<value a='b'c='d'>x</value>"), fault.Parse},
		{"int, empty", value("<value><int></int></value>"), fault.Parse},
		{"int, hexadecimal", value("<value><int>0x5</int></value>"), fault.Parse},
		{"int, fraction", value("<value><int>5.0</int></value>"), fault.Parse},
		{"int, too long", value("<value><int>" + strings.Repeat("9", maxDigits+1) + "</int></value>"), fault.Parse},
		{"boolean, 2", value("<value><boolean>2</boolean></value>"), fault.Parse},
		{"boolean, spaces", value("<value><boolean> 1 </boolean></value>"), fault.Parse},
		{"double, empty", value("<value><double></double></value>"), fault.Parse},
		{"double, hexadecimal", value("<value><double>0x1p3</double></value>"), fault.Parse},
		{"base64, cut off", value("<value><base64>aGV</base64></value>"), fault.Parse},
		{"date, empty", value("<value><dateTime.iso8601/></value>"), fault.Parse},
		{"date, no such day", value("<value><dateTime.iso8601>20210229T00:00:00</dateTime.iso8601></value>"), fault.Parse},
		{"date, second 60", value("<value><dateTime.iso8601>20200101T23:59:60</dateTime.iso8601></value>"), fault.Parse},
		{"date, year 10000", value("<value><dateTime.iso8601>99991231T23:59:59-01:00</dateTime.iso8601></value>"), fault.Parse},
		{"unknown type", value("<value><foo>1</foo></value>"), fault.Parse},
		{"element in a string", value("<value><string>a<b>c</b></string></value>"), fault.Parse},
		{"two values", value("<value><string>a</string><string>b</string></value>"), fault.Parse},
		{"text and a type", value("<value>a<string>b</string></value>"), fault.Parse},
		{"text after a type", value("<value><string>b</string>a</value>"), fault.Parse},
		{"text in an array", value("<value><array><data>a<value>b</value></data></array></value>"), fault.Parse},
		{"empty param", value(""), fault.Parse},
		{"member without a value", value("<value><struct><member><name>a</name></member></struct></value>"), fault.Parse},
		{"member without a name", value("<value><struct><member><value>a</value></member></struct></value>"), fault.Parse},
		{"nested too deeply", strings.Repeat("<value><array><data>", 100000), fault.Parse},
		{"too many values", value("<value><array><data>" + strings.Repeat("<value/>", rpc.DefaultLimits().Values) + "</data></array></value>"), fault.TooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			call, err := parse(test.body)
			if !fault.Is(err, test.kind) {
				t.Errorf("parse = %.100v, %v, want a fault of kind %d", call, err, test.kind)
			}
		})
	}
}

func TestFaultsSayWhere(t *testing.T) {
	t.Parallel()
	_, err := parse("<methodCall>\n <methodName>a & b</methodName></methodCall>")
	if want := "not well-formed (a bare &): line 2, column 15"; err == nil || err.Error() != want {
		t.Errorf("parse: %v, want %s", err, want)
	}
}
