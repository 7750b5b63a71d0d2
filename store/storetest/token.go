package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/fault"
)

func testTokens(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	ann := auth.Token{User: "ann", Scope: auth.Scope{ReadOnly: true, Methods: []string{"ticket.*"}}, Note: "a note; ünï", Created: 5, Expires: 7}
	bob := auth.Token{User: "bob", Created: 6}
	for hash, token := range map[string]*auth.Token{"1": &ann, "2": &bob} {
		var err error
		if token.ID, err = db.AddToken(ctx, hash, *token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.AddToken(ctx, "1", ann); err == nil {
		t.Error("two tokens with one hash")
	}
	if got, err := db.Token(ctx, "1"); err != nil || !cmp.Equal(got, ann) {
		t.Errorf("Token = %+v, %v, want %+v", got, err, ann)
	}
	if got, err := db.Token(ctx, "3"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Token of a hash that nobody has = %+v, %v", got, err)
	}
	if err := db.TokensUsed(ctx, map[int]int64{ann.ID: 10, bob.ID: 11, 999: 12}); err != nil {
		t.Fatal(err)
	}
	if err := db.TokensUsed(ctx, map[int]int64{ann.ID: 9}); err != nil {
		t.Fatal(err)
	}
	ann.Used, bob.Used = 10, 11
	all, err := db.Tokens(ctx)
	if err != nil || len(all) != 2 || !cmp.Equal(all[ann.ID-all[0].ID], ann) || !cmp.Equal(all[bob.ID-all[0].ID], bob) {
		t.Errorf("Tokens = %+v, %v", all, err)
	}
	if err := db.RevokeToken(ctx, ann.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.RevokeToken(ctx, ann.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("RevokeToken again: %v", err)
	}
	if _, err := db.Token(ctx, "1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a revoked token: %v", err)
	}
	if n, err := db.RevokeTokensOf(ctx, "bob"); n != 1 || err != nil {
		t.Errorf("RevokeTokensOf = %d, %v, want 1", n, err)
	}
	if all, err := db.Tokens(ctx); len(all) != 0 || err != nil {
		t.Errorf("Tokens = %+v, %v, want none", all, err)
	}
}
