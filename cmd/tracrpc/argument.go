package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kolo/xmlrpc"
)

// readArguments makes the params of a call from words on the command line.
func readArguments(words []string) ([]any, error) {
	params := make([]any, len(words))
	for i, word := range words {
		v, err := readArgument(word)
		if err != nil {
			return nil, fmt.Errorf("call: argument %d: %w", i+1, err)
		}
		params[i] = v
	}
	return params, nil
}

// readArgument reads one argument: JSON, else the word itself. What begins like
// an object, an array or a string of JSON is meant to be one.
func readArgument(word string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(word))
	decoder.UseNumber()
	var v any
	err := decoder.Decode(&v)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the JSON value")
		}
	}
	switch {
	case err == nil:
		return sendable(v)
	case strings.HasPrefix(word, "{"), strings.HasPrefix(word, "["), strings.HasPrefix(word, `"`):
		return nil, fmt.Errorf("%s is no JSON: %w", word, err)
	default:
		return word, nil
	}
}

// none stands for null: the client has no nil, but writes a nil pointer as an
// empty value, which the API takes for the same.
var none *string

// sendable makes a value for the client of one from encoding/json. As in Trac's
// JSON-RPC, dates and bytes are objects with the one member __jsonclass__.
func sendable(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return none, nil
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i, nil
		}
		return v.Float64()
	case []any:
		for i := range v {
			var err error
			if v[i], err = sendable(v[i]); err != nil {
				return nil, err
			}
		}
		return v, nil
	case map[string]any:
		if hint, ok := v["__jsonclass__"]; ok && len(v) == 1 {
			return special(hint)
		}
		return sendableStruct(v)
	default:
		return v, nil
	}
}

// sendableStruct escapes the members' names too, which the client does not do.
func sendableStruct(members map[string]any) (any, error) {
	s := make(map[string]any, len(members))
	for name, value := range members {
		value, err := sendable(value)
		if err != nil {
			return nil, err
		}
		var escaped bytes.Buffer
		if err := xml.EscapeText(&escaped, []byte(name)); err != nil {
			return nil, err
		}
		s[escaped.String()] = value
	}
	return s, nil
}

func special(hint any) (any, error) {
	pair, _ := hint.([]any)
	if len(pair) == 2 {
		text, _ := pair[1].(string)
		switch pair[0] {
		case "datetime":
			return time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(text, "Z"))
		case "binary":
			_, err := base64.StdEncoding.DecodeString(text)
			return xmlrpc.Base64(text), err
		}
	}
	return nil, errors.New(`want {"__jsonclass__": ["datetime", "2026-01-31T12:00:00"]} or {"__jsonclass__": ["binary", BASE64]}`)
}

// readable is a result as it is printed. The client has nil for an empty text,
// which is what the API sends for none.
func readable(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		for i := range v {
			v[i] = readable(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = readable(v[name])
		}
	}
	return v
}
