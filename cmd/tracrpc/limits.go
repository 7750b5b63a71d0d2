package main

import (
	"flag"
	"fmt"
	"time"
)

// limit is one flag that bounds something, at least 1 unless it may be 0 for no
// bound of its own.
type limit struct {
	name  string
	usage string
	zero  bool
	part  bool // of another limit: it is not reached by itself

	count *int
	bytes *int64
	time  *time.Duration
}

// limits are the flags that bound what clients may ask for.
func (c *config) limits() []limit {
	l := &c.Limits
	return []limit{
		{name: "max-body", bytes: &l.Body, usage: "largest request body in bytes, unpacked"},
		{name: "max-depth", count: &l.Depth, usage: "how deep arrays and structs may nest"},
		{name: "max-values", count: &l.Values, usage: "how many values a body may have"},
		{name: "max-text", count: &l.Text, zero: true, usage: "longest string in a body, in bytes"},
		{name: "max-calls", count: &l.Calls, usage: "how many calls a request may make"},
		{name: "max-nesting", count: &l.Nesting, usage: "how deep multicalls may nest"},
		{name: "max-markup", count: &l.Markup, usage: "longest wiki text that is made into HTML, in bytes"},
		{name: "max-answer", bytes: &l.Answer, usage: "largest answer to a multicall, in bytes of memory"},
		{name: "max-memory", bytes: &l.Memory, usage: "what all bodies and answers may take at a time, in bytes of memory"},
		{name: "memory-timeout", time: &l.Wait, part: true, usage: "how long a request waits for memory"},
		{name: "max-header", count: &c.MaxHeader, usage: "largest headers of a request, in bytes"},
		{name: "header-timeout", time: &c.HeaderTimeout, usage: "how long a client may take to send its headers"},
		{name: "idle-timeout", time: &c.IdleTimeout, usage: "how long a connection may be without a request"},
		{name: "body-timeout", time: &c.BodyTimeout, usage: "how long a client may take to send a body"},
		{name: "answer-timeout", time: &c.AnswerTimeout, usage: "how long a client may take to read an answer"},
		{name: "min-rate", bytes: &c.MinRate, part: true, zero: true, usage: "bytes for which a client has one second more"},
		{name: "max-connections", count: &c.MaxConnections, usage: "how many connections may be open"},
		{name: "max-requests", count: &c.MaxRequests, usage: "how many requests are worked on at a time"},
		{name: "max-requests-each", count: &c.MaxRequestsEach, usage: "how many requests of one address are worked on at a time"},
		{name: "queue-timeout", time: &c.QueueTimeout, part: true, usage: "how long a request waits for its turn"},
	}
}

func (c *config) limitFlags(set *flag.FlagSet) {
	for _, l := range c.limits() {
		switch {
		case l.count != nil:
			set.IntVar(l.count, l.name, *l.count, l.usage)
		case l.bytes != nil:
			set.Int64Var(l.bytes, l.name, *l.bytes, l.usage)
		default:
			set.DurationVar(l.time, l.name, *l.time, l.usage)
		}
	}
}

func (c config) checkLimits() error {
	for _, l := range c.limits() {
		var value int64
		switch {
		case l.count != nil:
			value = int64(*l.count)
		case l.bytes != nil:
			value = *l.bytes
		default:
			value = int64(*l.time)
		}
		if value < 0 || value == 0 && !l.zero {
			return fmt.Errorf("serve: --%s: want more than 0", l.name)
		}
	}
	return nil
}
