package jsonrpc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// FuzzDecode holds the decoder to three things. It never fails with anything but
// a fault; encoding/json agrees on what is JSON and what is not; and what was
// decoded is written as a text that decodes to the same again.
func FuzzDecode(f *testing.F) {
	for _, body := range recorded(f) {
		f.Add(body)
	}
	f.Add(`{"jsonrpc": "2.0", "method": "m\u00e9", "params": [1.5e3, -0, {"__jsonclass__": ["binary", "aGk="]}], "id": 12345678901234567890}`)
	f.Add(`[NaN, -Infinity, "\ud83d\ude00", {"a": 1, "a": null}]`)
	f.Fuzz(func(t *testing.T, body string) {
		v, _, err := decode(body)
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("decode: %v, which is no fault", err)
		}
		checkWithJSON(t, body, err)
		if err != nil {
			return
		}
		text := appendValue(nil, v)
		again, _, err := decode(string(text))
		if err != nil {
			t.Fatalf("decode(%s): %v", text, err)
		}
		if back := appendValue(nil, again); !bytes.Equal(text, back) {
			t.Errorf("%s comes back as %s", text, back)
		}
	})
}

// beyondJSON are the marks of what we read although it is no JSON, or refuse
// although it is: Python's words, encodings with zero bytes, hints, and escapes,
// where encoding/json is as strict but counts in another way.
var beyondJSON = []string{"NaN", "Infinity", "\xEF\xBB\xBF", "\x00", hint, "\\u"}

func plainJSON(body string) bool {
	for _, mark := range beyondJSON {
		if strings.Contains(body, mark) {
			return false
		}
	}
	return strings.ToValidUTF8(body, "") == body
}

func checkWithJSON(t *testing.T, body string, err error) {
	if !plainJSON(body) || fault.Is(err, fault.TooLarge) {
		return
	}
	limited := err != nil && (strings.Contains(err.Error(), "too deeply") || strings.Contains(err.Error(), "too many digits"))
	if valid := json.Valid([]byte(body)); valid != (err == nil) && !limited {
		t.Errorf("decode(%q): %v, but json.Valid says %t", body, err, valid)
	}
}

// FuzzRead holds the reader of requests to its contract: there is always something
// to answer, and the answer to any outcome is JSON.
func FuzzRead(f *testing.F) {
	for _, body := range recorded(f) {
		f.Add(body)
	}
	f.Add(`[{"jsonrpc": "2.0", "method": "m", "id": 1}, 1, {"jsonrpc": "2.0", "method": "n"}]`)
	f.Fuzz(func(t *testing.T, body string) {
		request, form := read(body)
		outcomes := []rpc.Outcome{{Err: request.Err}}
		if request.Err == nil {
			outcomes = make([]rpc.Outcome, len(request.Calls))
			for i, call := range request.Calls {
				outcomes[i] = rpc.Outcome{Method: call.Method, Err: call.Err}
			}
		}
		if len(outcomes) == 0 || form.calls != nil && len(form.calls) != len(outcomes) {
			t.Fatalf("%q is %d calls with %d answers", body, len(outcomes), len(form.calls))
		}
		if form.silent() {
			return
		}
		answer := form.appendAnswer(nil, outcomes, nil)
		if !json.Valid(answer) && plainJSON(body) {
			t.Errorf("%q is answered %q, which is no JSON", body, answer)
		}
	})
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
