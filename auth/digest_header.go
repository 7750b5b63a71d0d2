package auth

import (
	"net/url"
	"strconv"
	"strings"
)

// digestFields are the fields of a Digest Authorization header (RFC 7616, section
// 3.4), as they go into the hash.
type digestFields struct {
	name, realm, nonce, uri, cnonce, opaque string

	algorithm string // as sent; "" when it was not
	response  string // in lower-case digits
	nc        string // as sent: eight digits
	count     uint32 // what nc says
}

// maxDigestHeader bounds the credentials of Digest in bytes. Most of them is the
// request's path.
const maxDigestHeader = 16 << 10

// parseDigest reads the credentials. Its problem is a few words for the log; ""
// when the credentials can be used. What has no qop, as in RFC 2069, or another
// one than auth, or hides its name, was not asked for.
func parseDigest(credentials string) (f digestFields, problem string) {
	if len(credentials) > maxDigestHeader {
		return f, "credentials too long"
	}
	params, ok := parseParams(credentials)
	if !ok {
		return f, "malformed credentials"
	}
	f = digestFields{
		name: params["username"], realm: asUTF8(params["realm"]), nonce: params["nonce"], uri: params["uri"],
		cnonce: params["cnonce"], opaque: params["opaque"], algorithm: params["algorithm"],
		response: strings.ToLower(params["response"]), nc: params["nc"],
	}
	if f.name, ok = digestName(params); !ok {
		return f, "malformed user name"
	}
	count, err := strconv.ParseUint(f.nc, 16, 32)
	f.count = uint32(count)
	switch {
	case params["qop"] != "auth":
		return f, "a qop that was not offered"
	case strings.EqualFold(params["userhash"], "true"):
		return f, "a hashed user name, which was not asked for"
	case f.nonce == "" || f.uri == "" || f.response == "" || f.cnonce == "":
		return f, "a field is missing"
	case err != nil || len(f.nc) != 8 || f.nc[0] == '+': // Ruby's net-http-digest_auth begins with 0
		return f, "malformed nonce count"
	}
	return f, ""
}

// digestName is the user name: username, or username* in RFC 8187's notation for
// names beyond ASCII. One of them must be there.
func digestName(params map[string]string) (string, bool) {
	name, plain := params["username"]
	extended, coded := params["username*"]
	if plain == coded {
		return "", false
	}
	if !coded {
		return asUTF8(name), name != ""
	}
	charset, rest, _ := strings.Cut(extended, "'")
	_, text, quoted := strings.Cut(rest, "'")
	name, err := url.PathUnescape(text)
	return asUTF8(name), quoted && err == nil && name != "" && strings.EqualFold(charset, "UTF-8")
}

// parseParams reads parameters with commas between them: names with values,
// quoted or not (RFC 9110, section 11.2). Names do not differ by case; one that
// comes twice spoils it all.
func parseParams(text string) (map[string]string, bool) {
	params := map[string]string{}
	for {
		text = strings.TrimLeft(text, " \t,")
		if text == "" {
			return params, len(params) > 0
		}
		name, rest, found := strings.Cut(text, "=")
		name = strings.ToLower(strings.TrimRight(name, " \t"))
		if !found || name == "" || strings.ContainsAny(name, " \t\",") {
			return nil, false
		}
		if _, twice := params[name]; twice {
			return nil, false
		}
		value, after, ok := parseValue(strings.TrimLeft(rest, " \t"))
		after = strings.TrimLeft(after, " \t")
		if !ok || after != "" && after[0] != ',' {
			return nil, false
		}
		params[name], text = value, after
	}
}

// parseValue reads a token or a quoted string, and returns what follows.
func parseValue(text string) (value, after string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, " \t,\"")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], end > 0
	}
	var plain []byte
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return string(plain), text[i+1:], true
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
		}
		plain = append(plain, text[i])
	}
	return "", "", false
}
