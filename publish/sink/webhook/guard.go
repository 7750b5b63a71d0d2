package webhook

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// inward are the networks that nobody outside can have a server in: our own, and
// those that lead into it in another form. Whoever may name a URL must not reach
// what only we can reach. IPv6 is all inward but for 2000::/3.
var inward = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
	"169.254.0.0/16", // link-local, with the metadata of clouds
	"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"168.63.129.16/32", // Azure's host
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// outward6 is what there is of IPv6 outside.
var outward6 = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// guard decides where connections may lead. It looks at the address that a
// connection is about to be made to, whatever name or number it was found by.
type guard struct {
	allowed []netip.Prefix // in spite of being inward
}

// permits tells whether a connection may lead to an address.
func (g guard) permits(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return contains(g.allowed, address) || !contains(inward, address) && (address.Is4() || outward6.Contains(address))
}

func contains(list []netip.Prefix, address netip.Addr) bool {
	for _, p := range list {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// control is asked by the dialer before each connection.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s is no address: %w", address, err)
	}
	if !g.permits(to.Addr()) {
		return fmt.Errorf("%s is an inward address, which [tracrpc-webhook] allow does not have", to.Addr())
	}
	return nil
}

func (g guard) dialer() *net.Dialer {
	return &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second, ControlContext: g.control}
}
