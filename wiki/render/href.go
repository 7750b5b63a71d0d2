package render

import (
	"strings"
)

// Addresses are quoted as Trac's Href quotes them (trac/web/href.py).

const hexDigits = "0123456789ABCDEF"

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~", c) >= 0
}

func quote(s, safe string) string {
	plain := true
	for i := range len(s) {
		if !unreserved(s[i]) && strings.IndexByte(safe, s[i]) < 0 {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || strings.IndexByte(safe, c) >= 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b)
}

func quotePlus(s, safe string) string {
	return strings.ReplaceAll(quote(s, safe+" "), " ", "+")
}

const (
	pathSafe  = "/!~*'()"
	querySafe = "!~*'()"
)

// printable is all of ASCII that can be seen.
var printable = func() string {
	var b strings.Builder
	for c := byte(0x21); c < 0x7F; c++ {
		b.WriteByte(c)
	}
	return b.String()
}()

// href is the address of a path below base. Slashes at the ends of parts and
// several in a row do not count.
func href(base string, parts ...string) string {
	var b strings.Builder
	b.WriteString(base)
	b.WriteByte('/')
	slash := true
	for i, part := range parts {
		if i > 0 && !slash {
			b.WriteByte('/')
			slash = true
		}
		for _, c := range []byte(quote(strings.Trim(part, "/"), pathSafe)) {
			if c == '/' && slash {
				continue
			}
			slash = c == '/'
			b.WriteByte(c)
		}
	}
	address := b.String()
	if address == base+"/" && base != "" {
		return base
	}
	return address
}

// parameters writes names and values as a query string; empty values are left
// out.
func parameters(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		b.WriteString(quotePlus(pairs[i], querySafe))
		b.WriteByte('=')
		b.WriteString(quotePlus(pairs[i+1], querySafe))
	}
	return b.String()
}

// splitTarget cuts a target into its path, its query with the question mark and
// its fragment with the hash.
func splitTarget(target string) (path, query, fragment string) {
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target, fragment = target[:i], target[i:]
	}
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target, query = target[:i], target[i:]
	}
	return target, query, fragment
}

// join adds a query and a fragment to an address that may have its own.
func join(address, query, fragment string) string {
	p, q, f := splitTarget(address)
	if query != "" {
		if q == "" {
			q = "?"
		} else {
			q += "&"
		}
		q += strings.TrimLeft(query, "?&")
	}
	if fragment != "" {
		f = fragment
	}
	if f == "#" {
		f = ""
	}
	return p + q + f
}

// sitePath is the path of the environment on its server: /trac of
// http://host/trac.
func sitePath(base string) string {
	if i := strings.Index(base, "://"); i >= 0 {
		rest := base[i+3:]
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			return rest[slash:]
		}
		return ""
	}
	return base
}
