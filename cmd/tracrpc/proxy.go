package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"tracrpc/auth"
)

// prefixes are ranges of addresses, as a flag: "10.0.0.0/8,::1".
type prefixes []netip.Prefix

func (p prefixes) String() string {
	texts := make([]string, len(p))
	for i, prefix := range p {
		texts[i] = prefix.String()
	}
	return strings.Join(texts, ",")
}

// Set adds the ranges of one flag.
func (p *prefixes) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		prefix, err := netip.ParsePrefix(word)
		if address, bad := netip.ParseAddr(word); err != nil && bad == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a range such as 10.0.0.0/8", word)
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}

func (p prefixes) contain(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// everybody tells whether some range is all addresses of a kind.
func (p prefixes) everybody() bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Bits() == 0 })
}

// forwarding headers say what a request was before a proxy passed it on.
const (
	forwardedFor   = "X-Forwarded-For"
	forwardedProto = "X-Forwarded-Proto"
	forwardedHost  = "X-Forwarded-Host"
)

// unproxied makes of a request that a trusted proxy has passed on what it was
// before: its client's address, scheme and host. From anybody else the headers
// that say so count for nothing, and are taken off.
func (c config) unproxied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme, r.URL.Host = "", "" // a client may write a whole URL, which says nothing of us
		if peer, ok := addressOf(r.RemoteAddr); ok && c.TrustedProxies.contain(peer) {
			c.unwrap(r)
		} else if c.RemoteUserHeader != "" {
			r.Header.Del(c.RemoteUserHeader)
		}
		next.ServeHTTP(w, r)
	})
}

func (c config) unwrap(r *http.Request) {
	if client, ok := c.client(r.Header.Values(forwardedFor)); ok {
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
	}
	if strings.EqualFold(firstOf(r.Header.Get(forwardedProto)), "https") {
		r.URL.Scheme = "https"
	}
	if host := firstOf(r.Header.Get(forwardedHost)); isHost(host) {
		r.Host = host
	}
}

// client is the last address in the headers that is no proxy's: what stands
// before it may be anybody's invention.
func (c config) client(headers []string) (client netip.Addr, ok bool) {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		address, known := addressOf(strings.TrimSpace(hops[i]))
		if !known {
			return client, ok
		}
		if client, ok = address, true; !c.TrustedProxies.contain(client) {
			return client, ok
		}
	}
	return client, ok
}

// addressOf reads an address, which may have a port.
func addressOf(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

// isHost tells whether a text can stand for a host, and a port, in a URL.
func isHost(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~:[]", c) >= 0:
		default:
			return false
		}
	}
	return text != ""
}

// trusted are the ways to know users that need no proof of the users' own.
func (c config) trusted() []auth.Ambient {
	if c.RemoteUserHeader == "" {
		return nil
	}
	return []auth.Ambient{auth.RemoteUser(c.RemoteUserHeader)}
}
