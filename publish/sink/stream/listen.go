package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tracrpc/publish/sink/listen"
)

const (
	headerPatience = 20 * time.Second // how long a request may take to be told
	stopPatience   = 5 * time.Second  // how long an answer may take when the server stops
)

// Serve serves a Hub until ctx ends, and closes it.
func Serve(ctx context.Context, h *Hub, at listen.At) error {
	defer h.Close()
	// HTTP/2 has no chunks, which some subscribers take one by one.
	listener, err := at.Open("http/1.1")
	if err != nil {
		return fmt.Errorf("serve events: %w", err)
	}
	url := "http://" + listener.Addr().String() + "/"
	if at.Secure() {
		url = "https" + strings.TrimPrefix(url, "http")
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerPatience, IdleTimeout: headerPatience, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(h.Logger.Handler(), slog.LevelDebug),
	}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	h.Logger.Info("event stream listening", "url", url)
	served := make(chan error, 1)
	// Ends when the listener is closed, by Shutdown at the latest.
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
		return fmt.Errorf("serve events: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		err = errors.Join(err, server.Close())
		h.Logger.Warn("event stream did not stop in time", "err", err)
	}
	<-served
	return nil
}
