package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// RedisSettings are how events go to a Redis server.
type RedisSettings struct {
	Host     string
	Port     int
	Socket   string // path of a Unix socket, instead of host and port
	DB       int
	User     string // of an access control list; "" for the default user
	Password string
	TLS      TLS

	Encode encode.Redis
	// Stream is a stream that events are added to beside being published, for
	// those who were away; "" for none. Its entries have the events' numbers, so
	// that none is in it twice. Private ones go to NAME-private.
	Stream string
	// StreamLength is about how many entries it keeps.
	StreamLength int64
}

// Redis publishes on the channels of a Redis server. A subscriber who is away
// misses what is published: that is Redis' way. A server that is away misses
// nothing.
type Redis struct {
	settings RedisSettings
	client   *redis.Client
}

// redisTimeout is for how long a server may take to connect or to answer.
const redisTimeout = 10 * time.Second

// quiet keeps the client from logging by itself: its errors come back as errors,
// and the relay logs them. The client knows but one logger for the whole program.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// OpenRedis makes the sink. It connects with the first event.
func OpenRedis(s RedisSettings) (*Redis, error) {
	quiet()
	secure, err := s.TLS.Config()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	o := &redis.Options{
		Network: "tcp", Addr: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), DB: s.DB,
		Username: s.User, Password: s.Password, TLSConfig: secure, ClientName: "tracrpc",
		DialTimeout: redisTimeout, ReadTimeout: redisTimeout, WriteTimeout: redisTimeout,
		PoolSize: 1, ContextTimeoutEnabled: true,
		MaxRetries: -1, DialerRetries: 1, // trying again is the relay's business
		DisableIdentity: true,
	}
	if s.Socket != "" {
		o.Network, o.Addr = "unix", s.Socket
	}
	return &Redis{settings: s, client: redis.NewClient(o)}, nil
}

// String is the server's URL, without the password.
func (r *Redis) String() string {
	s := r.settings
	u := url.URL{Scheme: "redis", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), Path: "/" + strconv.Itoa(s.DB)}
	if s.TLS.On {
		u.Scheme = "rediss"
	}
	if s.Socket != "" {
		u.Scheme, u.Host, u.Path = "unix", "", s.Socket
	}
	if s.User != "" {
		u.User = url.User(s.User)
	}
	return u.String()
}

// Close closes the connection.
func (r *Redis) Close() error { return r.client.Close() }

// Deliver publishes the messages of events in one go.
func (r *Redis) Deliver(ctx context.Context, events []publish.Event) error {
	pipe := r.client.Pipeline()
	ends := make([]int, 0, len(events)) // how many commands there are after each event
	var refused error
	for _, e := range events {
		messages, err := r.settings.Encode.Messages(e)
		if err != nil {
			refused = err
			break
		}
		for part, m := range messages {
			r.queue(ctx, pipe, e, part, m)
		}
		ends = append(ends, pipe.Len())
	}
	if delivered, err := run(ctx, pipe, ends); err != nil {
		return publish.Partly(delivered, err)
	}
	if refused != nil {
		return publish.Refuse(len(ends), refused)
	}
	return nil
}

// queue adds the commands for one message of an event.
func (r *Redis) queue(ctx context.Context, pipe redis.Pipeliner, e publish.Event, part int, m encode.RedisMessage) {
	// First the stream: whoever hears of the message finds it there.
	if stream := r.settings.Stream; stream != "" {
		if e.Private {
			stream += "-private"
		}
		pipe.XAdd(ctx, &redis.XAddArgs{
			Stream: stream, MaxLen: r.settings.StreamLength, Approx: true,
			ID:     fmt.Sprintf("%d-%d", e.Seq, part+1),
			Values: []any{"channel", m.Channel, "data", m.Body},
		})
	}
	pipe.Publish(ctx, m.Channel, m.Body)
}

// run sends the commands, and counts the events all of whose commands succeeded,
// up to the first that did not.
func run(ctx context.Context, pipe redis.Pipeliner, ends []int) (events int, err error) {
	if pipe.Len() == 0 {
		return len(ends), nil
	}
	commands, err := pipe.Exec(ctx)
	if err != nil && !slices.ContainsFunc(commands, func(c redis.Cmder) bool { return c.Err() != nil }) {
		return 0, err // a login that fails, say, is no command's error
	}
	for i, c := range commands {
		err := c.Err()
		if err == nil || isThereAlready(err) {
			continue
		}
		for events < len(ends) && ends[events] <= i {
			events++
		}
		return events, err
	}
	return len(ends), nil
}

// isThereAlready tells whether an entry was not added to a stream because it is
// in it, or was once.
func isThereAlready(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer) && strings.Contains(err.Error(), "equal or smaller than the target stream top item")
}
