package xmlrpc

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// FuzzParse holds the parser to three things. It never fails with anything but a
// fault; what it accepts encoding/xml accepts too, as far as that can be asked;
// and values that it read come back as they are when they are written and read.
func FuzzParse(f *testing.F) {
	for _, body := range recorded(f) {
		f.Add(body)
	}
	f.Add("<?xml version='1.0'?><methodCall><methodName>a&#x62;</methodName><params><param><value><![CDATA[x]]></value></param></params></methodCall>")
	f.Add("<methodCall><methodName>m</methodName><params><param><ex:i8>123456789012345678901</ex:i8></param></params></methodCall>")
	f.Fuzz(func(t *testing.T, body string) {
		call, err := parse(body)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("parse: %v, which is no fault", err)
			}
			return
		}
		checkWithXML(t, body)
		written := call
		for i := range written.Params {
			written.Params[i] = travelled(written.Params[i])
		}
		again, err := parse(document(written))
		if err != nil {
			t.Fatalf("parse(%s): %v", document(written), err)
		}
		if diff := cmp.Diff(written, again, compareBig, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("what was written (-) comes back as (+)\n%s", diff)
		}
	})
}

// document writes a call.
func document(call rpc.Invocation) string {
	doc := append([]byte("<methodCall><methodName>"), escapeAll(call.Method)...)
	doc = append(doc, "</methodName><params>"...)
	for _, v := range call.Params {
		doc = append(doc, "<param>"...)
		doc = append(appendValue(doc, v), "</param>"...)
	}
	return string(append(doc, "</params></methodCall>"...))
}

// escapeAll escapes a method's name, carriage returns too.
func escapeAll(name string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(name)
}

// travelled is what a value is after it was written and read: line ends are \r\n,
// nil is "", and what should not be in XML is U+FFFD.
func travelled(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.ReplaceAll(travelledText(v), "\n", "\r\n")
	case time.Time:
		return v.Truncate(time.Second)
	case *big.Int:
		return v
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = travelled(v[i])
		}
		return list
	case rpc.Struct:
		s := rpc.Struct{}
		for _, m := range v {
			s = append(s, rpc.Member{Name: travelledText(m.Name), Value: travelled(m.Value)})
		}
		return s.Distinct()
	case float64:
		if v == 0 {
			return math.Copysign(0, v)
		}
		return v
	default:
		return v
	}
}

func travelledText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Map(func(r rune) rune {
		if r == 0x7F || r >= 0x80 && unwelcome(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}

// checkWithXML asks encoding/xml about a document that we accept. It has its own
// mind about declarations, names beyond ASCII and doubled colons.
func checkWithXML(t *testing.T, body string) {
	if strings.ContainsAny(body, ":?!\x00") || strings.IndexFunc(body, func(r rune) bool { return r > '~' }) >= 0 {
		return
	}
	decoder := xml.NewDecoder(strings.NewReader(body))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("we accept %q, encoding/xml says %v", body, err)
		}
	}
}

// recorded are the bodies of the recorded cases that are sent as they stand.
func recorded(tb testing.TB) []string {
	tb.Helper()
	var bodies []string
	err := filepath.WalkDir("../../testdata/conformance", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".jsonl" {
			return nil // without the cases there are fewer seeds
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		for cases := json.NewDecoder(file); ; {
			var c struct {
				Steps []struct{ Body json.RawMessage }
			}
			if err := cases.Decode(&c); err != nil {
				return nil // the end of the file
			}
			for _, step := range c.Steps {
				bodies = append(bodies, bodyOf(step.Body))
			}
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bodies
}

// bodyOf reads a recorded body: text, or {"$bin": base64}.
func bodyOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var binary struct {
		Bin string `json:"$bin"`
	}
	if json.Unmarshal(raw, &binary) != nil {
		return ""
	}
	data, err := base64.StdEncoding.DecodeString(binary.Bin)
	if err != nil {
		return ""
	}
	return string(data)
}
