package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tracrpc/publish"
)

const (
	// postPatience is how long a publisher may take to send his line.
	postPatience = 5 * time.Second
	// postDrain is how many bytes of what is not taken are read nevertheless.
	postDrain = 4 << 20
	// maxPath bounds the path that something is posted to.
	maxPath = 2000
)

// refusal is why a post was not taken, for the publisher.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// post publishes what somebody sends who may.
func (h *Hub) post(w http.ResponseWriter, r *http.Request, caller Caller, path string) {
	switch {
	case !h.trusts(r):
		refuse(w, &refusal{http.StatusForbidden, "Only trusted sources may send data!"})
	case len(path) > maxPath:
		refuse(w, &refusal{http.StatusBadRequest, "That path is too long to publish to."})
	case r.ContentLength != 0 || r.Header.Get("Content-Length") != "":
		h.postBody(w, r, caller, path)
	default:
		h.postLine(w, r, caller, path)
	}
}

func refuse(w http.ResponseWriter, r *refusal) {
	w.Header().Set("Connection", "close")
	http.Error(w, r.text, r.status)
}

// postBody takes a body, as HTTP knows it.
func (h *Hub) postBody(w http.ResponseWriter, r *http.Request, caller Caller, path string) {
	// Where no deadline can be set, the server's own must do.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(postPatience))
	status, text := h.take(r, caller, path, r.Body, false)
	// Who is still sending when the connection closes never reads the answer.
	_, _ = io.CopyN(io.Discard, r.Body, postDrain)
	w.Header().Set("Connection", "close")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Timestamp", fmt.Sprint(time.Now().Unix()))
	w.WriteHeader(status)
	io.WriteString(w, text) // a publisher who does not wait needs no answer
}

// postLine takes a line from a publisher who does not say how long it is, as the
// hook of GitPubSub does not: HTTP sees no body there.
func (h *Hub) postLine(w http.ResponseWriter, r *http.Request, caller Caller, path string) {
	if !h.enter() {
		refuse(w, &refusal{http.StatusServiceUnavailable, "The server is stopping."})
		return
	}
	defer h.running.Done()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refuse(w, &refusal{http.StatusLengthRequired, "Say with Content-Length how long the line is."})
		return
	}
	defer conn.Close() // there is nobody to tell
	if err := conn.SetDeadline(time.Now().Add(postPatience)); err != nil {
		return // the publisher is gone
	}
	status, text := h.take(r, caller, path, buffered, true)
	// The hook does not wait for the answer.
	fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nServer: %s\r\nX-Timestamp: %d\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), serverName, time.Now().Unix(), len(text), text)
}

// take reads what is posted and publishes it; it returns the answer.
func (h *Hub) take(r *http.Request, caller Caller, path string, from io.Reader, oneLine bool) (status int, text string) {
	err := h.publish(r, caller, path, from, oneLine)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.status, refused.text + "\r\n"
	case err != nil:
		h.Logger.Error("post not published", "path", path, "err", err)
		return http.StatusInternalServerError, "The server could not keep it.\r\n"
	case h.PyPubSub:
		return http.StatusAccepted, "Payload received, thank you very much!\n"
	}
	return http.StatusOK, "Message sent!\r\n"
}

func (h *Hub) publish(r *http.Request, caller Caller, path string, from io.Reader, oneLine bool) error {
	text, err := h.readPost(from, oneLine)
	if err != nil {
		return err
	}
	line, err := h.checkPost(text)
	if err != nil {
		return err
	}
	e, err := publish.NewEvent(time.Now().UTC(), publish.Post, publish.Created, path, caller.Name, publish.Posted{Line: line})
	if err != nil {
		return err
	}
	if err := h.Log.AddEvent(r.Context(), e); err != nil {
		return err
	}
	h.count.posted.Add(1)
	h.count.received.Add(int64(len(text)))
	return nil
}

// readPost reads what is posted up to its end, or its first line where nothing
// tells the end.
func (h *Hub) readPost(from io.Reader, oneLine bool) (text []byte, err error) {
	const end = 4 // for what ends a line, and one more to see that it is too long
	from = io.LimitReader(from, int64(h.MaxPost)+end)
	if oneLine {
		text, err = bufio.NewReader(from).ReadBytes('\n')
	} else {
		text, err = io.ReadAll(from)
	}
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return nil, &refusal{http.StatusBadRequest, "Request timed out :("}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &refusal{http.StatusBadRequest, "The line ended too early."}
	}
	if text = bytes.TrimSpace(text); len(text) > h.MaxPost {
		status := http.StatusRequestEntityTooLarge
		if h.PyPubSub {
			status = http.StatusBadRequest
		}
		return nil, &refusal{status, fmt.Sprintf("More than %d bytes are too many.", h.MaxPost)}
	}
	return text, nil
}

// checkPost is the line of JSON that was posted. Of a text that is none as a
// whole, the first line counts; one that spans lines is put on one.
func (h *Hub) checkPost(text []byte) (string, error) {
	if !json.Valid(text) {
		text, _, _ = bytes.Cut(text, []byte("\n"))
		text = bytes.TrimSpace(text)
	}
	if !json.Valid(text) {
		return "", &refusal{http.StatusBadRequest, "Invalid JSON data posted :("}
	}
	if h.PyPubSub && text[0] != '{' {
		return "", &refusal{http.StatusBadRequest, "Only a JSON object can be published."}
	}
	if bytes.ContainsAny(text, "\r\n") {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return "", err
		}
		text = b.Bytes()
	}
	return strings.ToValidUTF8(string(text), "\ufffd"), nil
}

// trusts tells whether the sender of a request may post. A page in a browser may
// not, wherever the browser runs; nor may what comes through a proxy, for then
// the address is the proxy's.
func (h *Hub) trusts(r *http.Request) bool {
	for _, name := range []string{"Origin", "Forwarded", "X-Forwarded-For", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	peer := address.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(h.Trusted, func(p netip.Prefix) bool { return p.Contains(peer) })
}

// ParsePeers reads who may post: addresses and networks with blanks or commas
// between them, such as "127.0.0.1 10.0.0.0/8 ::1", and GitPubSub's "192.168.0.*".
func ParsePeers(list string) ([]netip.Prefix, error) {
	var peers []netip.Prefix
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		peer, err := parsePeer(word)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network, such as 10.0.0.0/8", word)
		}
		peers = append(peers, peer)
	}
	return peers, nil
}

func parsePeer(word string) (netip.Prefix, error) {
	if given, isPattern := strings.CutSuffix(word, ".*"); isPattern && strings.Count(word, ".") <= 3 {
		for strings.HasSuffix(given, ".*") {
			given = strings.TrimSuffix(given, ".*")
		}
		parts := 1 + strings.Count(given, ".")
		return netip.ParsePrefix(fmt.Sprintf("%s%s/%d", given, strings.Repeat(".0", max(4-parts, 0)), 8*parts))
	}
	if strings.Contains(word, "/") {
		peer, err := netip.ParsePrefix(word)
		return peer.Masked(), err
	}
	address, err := netip.ParseAddr(word)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}
