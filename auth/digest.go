package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"time"
)

// digestHashes are the hashes that passwords for Digest are kept in.
var digestHashes = [...]struct {
	name string
	size int // in bytes
	new  func() hash.Hash
}{
	sha256Digest: {"SHA-256", sha256.Size, sha256.New},
	md5Digest:    {"MD5", md5.Size, md5.New},
}

const (
	sha256Digest = iota
	md5Digest
)

// digestSum is the hash of some parts with colons between them, in digits.
func digestSum(kind int, parts ...string) string {
	h := digestHashes[kind].new()
	for i, part := range parts {
		if i > 0 {
			h.Write([]byte{':'})
		}
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digestAlgorithm is a value of Digest's parameter algorithm.
type digestAlgorithm struct {
	name    string
	hash    int  // a place in digestHashes
	session bool // the password's hash is hashed once more with the nonces
}

// digestAlgorithms are those that there are, the strongest first.
var digestAlgorithms = []digestAlgorithm{
	{"SHA-256-sess", sha256Digest, true},
	{"SHA-256", sha256Digest, false},
	{"MD5-sess", md5Digest, true},
	{"MD5", md5Digest, false},
}

// readAlgorithms reads names of algorithms with commas between them. The answer
// is in the order of strength.
func readAlgorithms(list string) ([]digestAlgorithm, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		wanted[strings.ToUpper(strings.TrimSpace(name))] = true
	}
	var found []digestAlgorithm
	for _, a := range digestAlgorithms {
		if name := strings.ToUpper(a.name); wanted[name] {
			found = append(found, a)
			delete(wanted, name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("digest_algorithms: there is no %q; known are SHA-256, SHA-256-sess, MD5 and MD5-sess", name)
	}
	return found, nil
}

// Digest is HTTP's Digest authentication (RFC 7616) against an htdigest file,
// with qop=auth and nothing else: the older form of RFC 2069 can be replayed.
type Digest struct {
	users   *Htdigest
	offered []digestAlgorithm
	nonces  *nonces
	opaque  string
	guesses *Guesses
}

// DefaultNonceLifetime is how long a nonce is good for.
const DefaultNonceLifetime = 5 * time.Minute

// anyAlgorithm is what is offered when nothing else was said, as far as the file
// has hashes for it. The -sess variants are no stronger, and fewer clients know
// them.
const anyAlgorithm = "SHA-256, MD5"

// NewDigest makes the scheme for the users of a file. The algorithms that are
// offered, a list such as "SHA-256, MD5", are those of them that the file has
// hashes for; "" stands for both.
func NewDigest(users *Htdigest, algorithms string, lifetime time.Duration, guesses *Guesses) (*Digest, error) {
	if algorithms == "" {
		algorithms = anyAlgorithm
	}
	offered, err := readAlgorithms(algorithms)
	if err != nil {
		return nil, err
	}
	d := &Digest{users: users, offered: offered, nonces: newNonces(lifetime, guesses.now), guesses: guesses}
	d.opaque = hex.EncodeToString(d.nonces.sign(nil, "opaque")) // says nothing but which key the nonces have
	return d, nil
}

// Name is "Digest".
func (d *Digest) Name() string { return "Digest" }

// Challenges are one for each algorithm that the file can honour, the strongest
// first. Each has a nonce that is good for no other.
func (d *Digest) Challenges(_ *http.Request, err error) []string {
	users, unread := d.users.file.current(time.Second)
	if unread != nil {
		return nil // whoever tries to log in is told
	}
	stale := ""
	if refusal, _ := errors.AsType[*Refusal](err); refusal != nil && refusal.stale != nonceGood {
		stale = ", stale=true"
	}
	var challenges []string
	for _, a := range d.offered {
		if users.has[a.hash] {
			challenges = append(challenges, fmt.Sprintf(
				`Digest realm="%s", nonce="%s", opaque="%s", algorithm=%s, qop="auth", charset=UTF-8%s`,
				quotedRealm.Replace(d.users.realm), d.nonces.make(a.name), d.opaque, a.name, stale))
		}
	}
	return challenges
}

// digestAttempt is an answer to a challenge, before the password is looked at.
type digestAttempt struct {
	digestFields
	with  digestAlgorithm
	id    [nonceID]byte
	state verdict // of the nonce
}

// Authenticate checks the answer to a challenge.
func (d *Digest) Authenticate(r *http.Request, credentials string) (Login, error) {
	a, problem := d.read(r, credentials)
	if problem != "" {
		return Login{}, &Refusal{User: a.name, Reason: problem}
	}
	users, err := d.users.file.current(0)
	if err != nil {
		return Login{}, err
	}
	password, right := users.check(r.Method, a)
	if err := d.brake(r, a, right); err != nil {
		return Login{}, err
	}
	v := a.state
	if v == nonceGood {
		v = d.nonces.take(a.id, a.name, a.count)
	}
	if v != nonceGood {
		return Login{}, &Refusal{User: a.name, Reason: staleReasons[v], stale: v}
	}
	return Login{Name: a.name, Info: d.info(a, password)}, nil
}

// staleReasons are for the log. The client knows the password, and so is told to
// take a new nonce.
var staleReasons = map[verdict]string{
	nonceForged:   "a nonce that is not from here, or was before the last start",
	nonceExpired:  "expired nonce",
	nonceReplayed: "nonce count used before",
}

// read reads the credentials. Its problem is a few words for the log; "" when
// they can be used.
func (d *Digest) read(r *http.Request, credentials string) (a digestAttempt, problem string) {
	if a.digestFields, problem = parseDigest(credentials); problem != "" {
		return a, problem
	}
	var offered bool
	if a.with, offered = d.algorithm(a.algorithm); !offered {
		return a, "an algorithm that was not offered"
	}
	if a.realm != d.users.realm {
		return a, "wrong realm"
	}
	if a.uri != r.RequestURI {
		return a, "the uri is another one than the request's"
	}
	a.id, a.state = d.nonces.judge(a.nonce, a.with.name)
	if a.state == nonceGood && a.opaque != "" && a.opaque != d.opaque {
		a.state = nonceForged
	}
	return a, ""
}

// algorithm is the one that a client says it used: MD5 when it does not say.
func (d *Digest) algorithm(name string) (digestAlgorithm, bool) {
	if name == "" {
		name = "MD5"
	}
	for _, a := range d.offered {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return digestAlgorithm{}, false
}

var errStale = errors.New("right, but the nonce is no good")

// brake lets wrong answers wait as it does wrong passwords. Whoever has used the
// nonce before need not wait. A right answer with a bad nonce may have been
// overheard, so nobody's wrong guesses are forgiven for it.
func (d *Digest) brake(r *http.Request, a digestAttempt, right bool) error {
	if right && a.state == nonceGood && d.nonces.proven(a.id, a.name) {
		return nil
	}
	_, err := d.guesses.attempt(r.Context(), a.name, remoteAddress(r), func() (bool, error) {
		if right && a.state != nonceGood {
			return true, errStale
		}
		return right, nil
	})
	switch {
	case err == errTooManyGuesses:
		return &Refusal{User: a.name, Reason: err.Error(), RetryAfter: longestWait}
	case err != nil && err != errStale:
		return err
	case !right:
		return &Refusal{User: a.name, Reason: wrongPassword}
	}
	return nil
}

// check tells whether the response is right, at the same cost for a name that
// nobody has.
func (u *digests) check(method string, a digestAttempt) (password string, right bool) {
	password, known := u.by[digestKey{a.name, a.with.hash}]
	if !known {
		password = strings.Repeat("0", 2*digestHashes[a.with.hash].size)
	}
	want := a.with.response(password, a.digestFields, method+":"+a.uri)
	same := subtle.ConstantTimeCompare([]byte(want), []byte(a.response)) == 1
	return password, same && known
}

// response is the hash that proves the knowledge of a password's hash (RFC 7616,
// section 3.4.1). What is the request, or the answer to it.
func (a digestAlgorithm) response(password string, f digestFields, what string) string {
	if a.session {
		password = digestSum(a.hash, password, f.nonce, f.cnonce)
	}
	return digestSum(a.hash, password, f.nonce, f.nc, f.cnonce, "auth", digestSum(a.hash, what))
}

// info is the header Authentication-Info: the server's proof that it knows the
// password, too, and in the second half of a nonce's life the next one.
func (d *Digest) info(a digestAttempt, password string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `qop=auth, rspauth="%s", cnonce="%s", nc=%s`,
		a.with.response(password, a.digestFields, ":"+a.uri), quotedRealm.Replace(a.cnonce), a.nc)
	if d.nonces.age(a.id) > d.nonces.lifetime/2 {
		fmt.Fprintf(&b, `, nextnonce="%s"`, d.nonces.make(a.with.name))
	}
	return b.String()
}
