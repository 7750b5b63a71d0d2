package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tracrpc/publish"
)

// The vectors that the libraries of Standard Webhooks are tested by.
func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for secret, want := range map[publish.Secret]string{
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=": "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
	} {
		k, err := readKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)); got != want {
			t.Errorf("signed with %s: %s, want %s", string(secret), got, want)
		}
	}
}

// TestLibraryVerifies has the library of Standard Webhooks check what we sign.
func TestLibraryVerifies(t *testing.T) {
	t.Parallel()
	body := []byte(`{"é":1}`)
	secret := NewSecret(false)
	verifier, err := standardwebhooks.NewWebhook(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	k, err := readKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	header := http.Header{}
	header.Set("webhook-id", "an-id")
	header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	header.Set("webhook-signature", "v1,AAAA "+k.sign("an-id", now, body))
	if err := verifier.Verify(body, header); err != nil {
		t.Error(err)
	}
	if err := verifier.Verify(append(body, ' '), header); err == nil {
		t.Error("another body is taken, too")
	}
}

func TestPublicKeyVerifies(t *testing.T) {
	t.Parallel()
	secret := NewSecret(true)
	public, err := ForReceiver(secret)
	if err != nil || !strings.HasPrefix(public, "whpk_") || !IsAsymmetric(secret) {
		t.Fatalf("the public key is %s, %v", public, err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whpk_"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := readKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.sign("id", time.Unix(7, 0), []byte("body")), "v1a,"))
	if err != nil || !ed25519.Verify(raw, []byte("id.7.body"), signature) {
		t.Errorf("the signature %x does not fit, %v", signature, err)
	}
	whole := publish.Secret("whsk_" + base64.StdEncoding.EncodeToString(k.private)) // as some write private keys
	if other, err := readKey(whole); err != nil || !other.private.Equal(k.private) {
		t.Errorf("a private key with its public one is not read: %v", err)
	}
}

func TestBadSecrets(t *testing.T) {
	t.Parallel()
	for _, secret := range []publish.Secret{
		"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_short===", "whsec_AAAA", "whsk_AAAA", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		publish.Secret("whsec_" + strings.Repeat("A", 200)),
	} {
		if _, err := readKey(secret); err == nil || len(secret) > 10 && strings.Contains(err.Error(), string(secret[6:])) {
			t.Errorf("readKey(%q) = %v, want an error that does not tell it", string(secret), err)
		}
	}
	for _, verb := range []string{"%v", "%s", "%q", "%+v", "%#v"} {
		for _, v := range []any{publish.Secret("whsec_me"), Settings{Secret: "whsec_me"}, publish.Webhook{Former: "whsec_me"}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "whsec_me") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}
