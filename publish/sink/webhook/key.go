package webhook

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"tracrpc/publish"
)

// How the two kinds of secrets begin, and public keys (Standard Webhooks 1.0.0,
// "Signature scheme").
const (
	symmetric  = "whsec_"
	asymmetric = "whsk_"
	publicKey  = "whpk_"
)

// The bounds of a symmetric secret, in bytes.
const (
	leastSecret = 24
	mostSecret  = 64
	usualSecret = 32
)

// key is what requests are signed with: one of the two.
type key struct {
	shared  []byte
	private ed25519.PrivateKey
}

// NewSecret makes a secret that only it and the receiver know, or, if it is to be
// asymmetric, a private key, of which the receiver gets the public one.
func NewSecret(isAsymmetric bool) publish.Secret {
	prefix := symmetric
	if isAsymmetric {
		prefix = asymmetric
	}
	random := make([]byte, usualSecret) // as many as the seed of a private key has
	rand.Read(random)                   // never fails (crypto/rand)
	return publish.Secret(prefix + base64.StdEncoding.EncodeToString(random))
}

// IsAsymmetric tells whether a secret is a private key.
func IsAsymmetric(secret publish.Secret) bool { return strings.HasPrefix(string(secret), asymmetric) }

// ForReceiver is what the receiver of a webhook needs to check signatures: the
// secret itself, or the public key.
func ForReceiver(secret publish.Secret) (string, error) {
	k, err := readKey(secret)
	if err != nil || k.private == nil {
		return string(secret), err
	}
	return publicKey + base64.StdEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey)), nil
}

// readKey reads a secret. Its errors tell nothing of it.
func readKey(secret publish.Secret) (key, error) {
	text, isShared := strings.CutPrefix(string(secret), symmetric)
	text, isPrivate := strings.CutPrefix(text, asymmetric)
	if isShared == isPrivate {
		return key{}, fmt.Errorf("a secret begins with %s, or a private key with %s", symmetric, asymmetric)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return key{}, errors.New("what comes after the beginning of a secret is base64")
	}
	switch {
	case isShared && (len(raw) < leastSecret || len(raw) > mostSecret):
		return key{}, fmt.Errorf("a secret has %d to %d bytes, not %d", leastSecret, mostSecret, len(raw))
	case isShared:
		return key{shared: raw}, nil
	case len(raw) == ed25519.SeedSize:
		return key{private: ed25519.NewKeyFromSeed(raw)}, nil
	case len(raw) == ed25519.PrivateKeySize:
		return key{private: ed25519.PrivateKey(raw)}, nil
	}
	return key{}, fmt.Errorf("a private key has %d bytes, not %d", ed25519.SeedSize, len(raw))
}

// sign is the signature of a body that is sent under an ID at a time.
func (k key) sign(id string, at time.Time, body []byte) string {
	signed := fmt.Appendf(nil, "%s.%d.%s", id, at.Unix(), body)
	if k.private != nil {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, signed))
	}
	mac := hmac.New(sha256.New, k.shared)
	mac.Write(signed) // never fails
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
