package resp

import (
	"context"
	"errors"
	"maps"
	"slices"

	"tracrpc/publish"
)

const (
	// maxSubscriptions and maxNames bound what one connection may subscribe to, by
	// number and by the bytes of the names.
	maxSubscriptions = 1000
	maxNames         = 256 << 10
	batch            = 32       // how many events a subscriber takes from the log at once
	together         = 64 << 10 // how many bytes are written at once, but for the last message
)

// subscribed is how many subscriptions there are.
func (c *client) subscribed() int { return len(c.channels) + len(c.patterns) }

// subscribe adds subscriptions, with the command that asked for them.
func (c *client) subscribe(ctx context.Context, command string, names []string, known func(string) bool, add func(string)) {
	for _, name := range names {
		if !known(name) {
			if c.subscribed() >= maxSubscriptions || c.held+len(name) > maxNames {
				c.reply.fail("ERR too many subscriptions")
				return
			}
			if err := c.follow(ctx); err != nil {
				c.server.Logger.Error("subscription not begun", "err", err)
				c.reply.fail("ERR the server could not read its events")
				c.leave(failed)
				return
			}
			add(name)
			c.held += len(name)
		}
		c.confirm(command, &name)
	}
}

// confirm says that a command for a name is done, and how many subscriptions
// there are.
func (c *client) confirm(command string, name *string) {
	c.reply.push(3)
	c.reply.bulk(command)
	if name == nil {
		c.reply.null()
	} else {
		c.reply.bulk(*name)
	}
	c.reply.integer(c.subscribed())
}

// unsubscribe removes subscriptions: those named, or all that there are.
func (c *client) unsubscribe(command string, names, all []string, remove func(string) (was bool)) {
	if len(names) == 0 {
		names = all
	}
	for _, name := range names {
		if remove(name) {
			c.held -= len(name)
		}
		if c.subscribed() == 0 {
			c.forget()
		}
		c.confirm(command, &name)
	}
	if len(names) == 0 {
		c.confirm(command, nil)
	}
}

func doSubscribe(ctx context.Context, c *client, words []string) {
	c.subscribe(ctx, "subscribe", words, func(name string) bool { return c.channels[name] }, func(name string) { c.channels[name] = true })
}

func doPSubscribe(ctx context.Context, c *client, words []string) {
	known := func(name string) bool { _, known := c.patterns[name]; return known }
	c.subscribe(ctx, "psubscribe", words, known, func(name string) { c.patterns[name] = newPattern(name) })
}

func doUnsubscribe(_ context.Context, c *client, words []string) {
	c.unsubscribe("unsubscribe", words, slices.Sorted(maps.Keys(c.channels)), func(name string) (was bool) {
		was = c.channels[name]
		delete(c.channels, name)
		return was
	})
}

func doPUnsubscribe(_ context.Context, c *client, words []string) {
	c.unsubscribe("punsubscribe", words, slices.Sorted(maps.Keys(c.patterns)), func(name string) (was bool) {
		_, was = c.patterns[name]
		delete(c.patterns, name)
		return was
	})
}

// follow begins to read events, those that happen from now on.
func (c *client) follow(ctx context.Context) error {
	if c.unfollow != nil {
		return nil
	}
	feed := c.server.Feed
	after, err := feed.Last(ctx)
	if err != nil {
		return err
	}
	ctx, c.unfollow = context.WithCancel(ctx)
	come := make(chan news)
	c.news = come
	// Ends with ctx, at the latest when the connection does.
	go func() {
		for {
			events, err := feed.Read(ctx, after, batch)
			select {
			case come <- news{events, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			after = events[len(events)-1].Seq
		}
	}()
	return nil
}

// forget reads no more events.
func (c *client) forget() {
	if c.unfollow != nil {
		c.unfollow()
		c.unfollow, c.news = nil, nil
	}
}

// tell writes the messages of events to which the client has subscribed and
// which its user may view.
func (c *client) tell(ctx context.Context, n news) {
	if n.err != nil {
		c.lost(ctx, n.err)
		return
	}
	view, err := c.server.Audience.View(ctx, c.user)
	if err != nil {
		c.lost(ctx, err)
		return
	}
	for _, e := range n.events {
		if err := c.tellOne(ctx, e, view); err != nil {
			c.lost(ctx, err)
			return
		}
		if len(c.reply.text) >= together {
			c.flush(ctx)
		}
		if c.end != nil {
			return
		}
	}
	c.flush(ctx)
}

// tellOne writes the messages of one event.
func (c *client) tellOne(ctx context.Context, e publish.Event, view publish.View) error {
	m := c.server.message(ctx, e)
	if m.err != nil {
		return m.err
	}
	asked := false // whether the user may view the event
	for _, part := range m.parts {
		patterns := c.matching(part.Channel)
		if !c.channels[part.Channel] && len(patterns) == 0 {
			continue
		}
		if !asked {
			may, err := view(ctx, e)
			if err != nil || !may {
				return err
			}
			asked = true
			c.server.Attendance.Send(1)
		}
		if c.channels[part.Channel] {
			c.reply.push(3)
			c.reply.bulk("message")
			c.reply.bulk(part.Channel)
			c.reply.bytes(part.Body)
		}
		for _, p := range patterns {
			c.reply.push(4)
			c.reply.bulk("pmessage")
			c.reply.bulk(p)
			c.reply.bulk(part.Channel)
			c.reply.bytes(part.Body)
		}
	}
	return nil
}

// matching are the client's patterns that a channel matches.
func (c *client) matching(channel string) (names []string) {
	for name, p := range c.patterns {
		if yes, _ := p.matches(channel); yes {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// lost ends the connection because there are no events to be had.
func (c *client) lost(ctx context.Context, err error) {
	var gone *publish.Gone
	switch {
	case ctx.Err() != nil:
		c.leave(stopped)
	case errors.As(err, &gone):
		c.leave(behind)
	default:
		c.server.Logger.Error("subscription ended", "user", c.user, "err", err)
		c.leave(failed)
	}
}
