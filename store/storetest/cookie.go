package storetest

import (
	"testing"

	"tracrpc/fault"
)

func testCookies(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	for _, c := range []struct {
		cookie, user string
		now, before  int64
	}{{"old", "ann", 100, 0}, {"mid", "ann", 200, 0}, {"new", "bob", 300, 150}} {
		if err := db.AddCookie(ctx, c.cookie, c.user, "192.0.2.1", c.now, c.before); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		cookie, address string
		since           int64
		want            string
	}{
		{"mid", "", 200, "ann"}, {"mid", "192.0.2.1", 0, "ann"}, {"mid", "192.0.2.2", 0, ""}, {"mid", "", 201, ""},
		{"old", "", 0, ""}, {"new", "", 0, "bob"}, {"none", "", 0, ""},
	} {
		user, err := db.CookieUser(ctx, c.cookie, c.address, c.since)
		if user != c.want || (c.want == "") != fault.Is(err, fault.NotFound) {
			t.Errorf("CookieUser(%+v) = %q, %v", c, user, err)
		}
	}
	if err := db.RemoveCookie(ctx, "new"); err != nil {
		t.Fatal(err)
	}
	if err := db.RemoveCookiesOf(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	for _, cookie := range []string{"mid", "new"} {
		if user, err := db.CookieUser(ctx, cookie, "", 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("CookieUser(%s) = %q, %v, want none", cookie, user, err)
		}
	}
}
