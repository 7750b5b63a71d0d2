package rpc

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"tracrpc/fault"
)

// bufferSize is how much of a body is read at once.
const bufferSize = 32 << 10

// text reads a whole body of no more than Limits.Body bytes, unpacked.
func (h *Handler) text(w http.ResponseWriter, r *http.Request, m *Meter) (string, error) {
	if r.ContentLength > h.Limits.Body {
		w.Header().Set("Connection", "close")
		return "", h.tooLarge(m)
	}
	source := io.Reader(http.MaxBytesReader(w, r.Body, h.Limits.Body))
	length := r.ContentLength
	if packed(r) {
		unpacked, err := gzip.NewReader(source)
		if err != nil {
			return "", h.unreadable(err, m)
		}
		source, length = unpacked, -1
	}
	text, err := h.collect(r.Context(), source, length, m)
	if err != nil {
		return "", h.unreadable(err, m)
	}
	return text, nil
}

// collect reads a source of a length, which is below 0 when nobody knows. Its
// memory grows as the bytes come, not by what somebody only says they will send.
func (h *Handler) collect(ctx context.Context, source io.Reader, length int64, m *Meter) (string, error) {
	buffer := h.buffers.Get().(*[]byte)
	defer h.buffers.Put(buffer)
	n, err := fill(source, *buffer)
	if err == io.EOF { // nearly always
		return string((*buffer)[:n]), nil
	}
	var text strings.Builder
	for {
		if size := int64(text.Len() + n); size > h.Limits.Body {
			return "", h.tooLarge(m)
		} else if size > int64(text.Cap()) {
			most := min(2*size, h.Limits.Body+bufferSize)
			if length >= size {
				most = min(4*size, length)
			}
			if err := m.Take(ctx, most); err != nil {
				return "", err
			}
			text.Grow(int(most) - text.Len())
		}
		text.Write((*buffer)[:n]) // never fails
		switch {
		case err == io.EOF:
			return text.String(), nil
		case err != nil:
			return "", err
		}
		n, err = fill(source, *buffer)
	}
}

// fill reads until a buffer is full or the source has no more. Unlike
// io.ReadFull it tells an end from one that came too early.
func fill(source io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = source.Read(buffer[n:])
		n += more
	}
	return n, err
}

// unreadable is the fault for an error of reading a body.
func (h *Handler) unreadable(err error, m *Meter) error {
	var tooLarge *http.MaxBytesError
	var corrupt flate.CorruptInputError
	switch {
	case fault.Of(err) != nil:
		return err
	case errors.As(err, &tooLarge):
		return h.tooLarge(m)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.New(fault.Parse, "no element found: the body ended before its Content-Length")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return m.refuse(SlowBody, "The body comes too slowly.")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fault.New(fault.Parse, "the body is not packed by gzip, as its headers say")
	default:
		return fault.New(fault.Parse, "the body could not be read")
	}
}

func (h *Handler) tooLarge(m *Meter) error {
	return m.refuse(BodyLimit, "The request is larger than the %d bytes that this server takes.", h.Limits.Body)
}

// packed tells whether a body is packed by gzip.
func packed(r *http.Request) bool {
	switch strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		return true
	}
	return false
}

// legible tells whether a body is packed in a way that can be undone: by gzip, or
// not at all.
func legible(r *http.Request) bool {
	codings := r.Header.Values("Content-Encoding")
	return len(codings) == 0 || len(codings) == 1 && (packed(r) || codings[0] == "" || strings.EqualFold(codings[0], "identity"))
}

// textBody is a body that has been read, for the codecs.
type textBody struct {
	*strings.Reader
	text string
}

func newTextBody(text string) textBody { return textBody{strings.NewReader(text), text} }

// Close does nothing.
func (textBody) Close() error { return nil }

// ReadText reads the whole body of a request, without a copy where that can be.
func ReadText(body io.Reader) (string, error) {
	if b, ok := body.(textBody); ok {
		return b.text, nil
	}
	var text strings.Builder
	_, err := io.Copy(&text, body)
	return text.String(), err
}
