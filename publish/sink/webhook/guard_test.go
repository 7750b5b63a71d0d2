package webhook

import (
	"context"
	"net/netip"
	"strings"
	"testing"
)

func TestInwardAddresses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "100.127.255.255", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
		"192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0",
		"fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
	} {
		if (guard{}).permits(netip.MustParseAddr(text)) {
			t.Errorf("a connection may lead to %s", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1"} {
		if !(guard{}).permits(netip.MustParseAddr(text)) {
			t.Errorf("no connection may lead to %s", text)
		}
	}
	g := guard{prefixes("10.1.0.0/16", "::1/128")}
	for text, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "::1": true, "127.0.0.1": false} {
		if got := g.permits(netip.MustParseAddr(text)); got != want {
			t.Errorf("permits(%s) = %v where some are allowed, want %v", text, got, want)
		}
	}
}

// Whatever an address is written as, it is the connection that is looked at.
func TestDialerRefuses(t *testing.T) {
	t.Parallel()
	dialer := guard{}.dialer()
	for _, address := range []string{"127.0.0.1:1", "localhost:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "0.0.0.0:1", "0:1", "127.1:1", "0x7f000001:1", "2130706433:1"} {
		conn, err := dialer.DialContext(context.Background(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		if err == nil || strings.Contains(err.Error(), "connection refused") {
			t.Errorf("%s: %v, want no connection to be tried", address, err)
		}
	}
}
