package resp

import (
	"context"
	"strings"
)

// command is one that clients may give.
type command struct {
	min, max   int  // how many words come after its name; a max of -1 is any number
	subscribed bool // whether it may be given where a subscription holds the connection
	do         func(ctx context.Context, c *client, words []string)
}

// commands are those that there are, by their names. One that does nothing but
// have others below it has no do.
var commands = map[string]command{
	"auth":           {min: 1, max: -1, do: doAuth},
	"client":         {min: 1, max: -1},
	"client|getname": {do: doClientGetname},
	"client|id":      {do: doClientID},
	"client|setinfo": {min: 2, max: 2, do: doOK},
	"client|setname": {min: 1, max: 1, do: doClientSetname},
	"command":        {max: -1, do: doCommand},
	"hello":          {max: -1, do: doHello},
	"ping":           {max: 1, subscribed: true, do: doPing},
	"psubscribe":     {min: 1, max: -1, subscribed: true, do: doPSubscribe},
	"punsubscribe":   {max: -1, subscribed: true, do: doPUnsubscribe},
	"quit":           {max: -1, subscribed: true, do: doQuit},
	"reset":          {subscribed: true, do: doReset},
	"select":         {min: 1, max: 1, do: doSelect},
	"subscribe":      {min: 1, max: -1, subscribed: true, do: doSubscribe},
	"unsubscribe":    {max: -1, subscribed: true, do: doUnsubscribe},
}

// do runs a command. Errors are worded as Redis words them.
func (c *client) do(ctx context.Context, words []string) {
	name := strings.ToLower(words[0])
	if name == "post" || name == "host:" {
		c.leave(broken) // somebody else's browser, which was talked into sending this
		return
	}
	known, found := commands[name]
	if !found || strings.Contains(name, "|") {
		c.reply.fail(unknownCommand(words[0], words[1:]))
		return
	}
	words = words[1:]
	if known.do == nil && len(words) > 0 {
		sub := words[0][:min(len(words[0]), 128)]
		if known, found = commands[name+"|"+strings.ToLower(sub)]; !found {
			c.reply.fail("ERR unknown subcommand '" + sub + "'. Try " + strings.ToUpper(name) + " HELP.")
			return
		}
		name, words = name+"|"+strings.ToLower(sub), words[1:]
	}
	switch {
	case len(words) < known.min || known.max >= 0 && len(words) > known.max:
		c.reply.fail("ERR wrong number of arguments for '" + name + "' command")
	case c.subscribed() > 0 && c.reply.version < 3 && !known.subscribed:
		c.reply.fail("ERR Can't execute '" + name + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
	default:
		known.do(ctx, c, words)
	}
}

// unknownCommand names a command that there is not, with the beginning of what
// came with it.
func unknownCommand(name string, words []string) string {
	const most = 128 // bytes
	var b strings.Builder
	b.WriteString("ERR unknown command '" + name[:min(len(name), most)] + "', with args beginning with: ")
	for left := most; len(words) > 0 && left > 0; words = words[1:] {
		word := words[0][:min(len(words[0]), left)]
		b.WriteString("'" + word + "' ")
		left -= len(word) + 3
	}
	return b.String()
}

func doPing(_ context.Context, c *client, words []string) {
	switch {
	case c.subscribed() > 0 && c.reply.version < 3:
		c.reply.array(2)
		c.reply.bulk("pong")
		c.reply.bulk(strings.Join(words, ""))
	case len(words) == 1:
		c.reply.bulk(words[0])
	default:
		c.reply.simple("PONG")
	}
}

func doQuit(_ context.Context, c *client, _ []string) {
	c.reply.simple("OK")
	c.leave(left)
}

// doReset makes the connection what it was at first.
func doReset(_ context.Context, c *client, _ []string) {
	clear(c.channels)
	clear(c.patterns)
	c.held = 0
	c.forget()
	c.user, c.password, c.name, c.reply.version = "", "", "", 2
	c.reply.simple("RESET")
}

// doSelect changes to another database: there are none, and channels are the same
// in all of them.
func doSelect(_ context.Context, c *client, words []string) {
	const databases = 16
	switch n, ok := number(words[0]); {
	case !ok:
		c.reply.fail("ERR value is not an integer or out of range")
	case n < 0 || n >= databases:
		c.reply.fail("ERR DB index is out of range")
	default:
		c.reply.simple("OK")
	}
}

// doCommand describes no commands: redis-cli asks, and does without.
func doCommand(_ context.Context, c *client, _ []string) { c.reply.array(0) }

func doClientID(_ context.Context, c *client, _ []string) { c.reply.integer(int(c.id)) }

func doClientGetname(_ context.Context, c *client, _ []string) {
	if c.name == "" {
		c.reply.null()
	} else {
		c.reply.bulk(c.name)
	}
}

func doClientSetname(_ context.Context, c *client, words []string) {
	if c.setName(words[0]) {
		c.reply.simple("OK")
	}
}

// doOK takes what clients say of themselves, and what does not matter here.
func doOK(_ context.Context, c *client, _ []string) { c.reply.simple("OK") }

// setName gives the connection a name; false when it was refused, which has been
// answered then.
func (c *client) setName(name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' }) || len(name) > 256 {
		c.reply.fail("ERR Client names cannot contain spaces, newlines or special characters.")
		return false
	}
	c.name = name
	return true
}

func doAuth(ctx context.Context, c *client, words []string) {
	switch {
	case len(words) == 1:
		c.reply.fail("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case len(words) > 2:
		c.reply.fail("ERR syntax error")
	case c.login(ctx, words[0], words[1]):
		c.reply.simple("OK")
	}
}

// login makes the connection a user's; false when it was refused, which has been
// answered then.
func (c *client) login(ctx context.Context, user, password string) bool {
	right, err := c.server.Audience.Login(ctx, user, password, c.address())
	switch {
	case err != nil:
		c.server.Logger.Warn("login not possible", "address", c.address(), "err", err)
		c.reply.fail("ERR nobody can log in at the moment, try again later")
	case !right:
		// The name is left out: it may be a password in the wrong place.
		c.server.Logger.Warn("login refused", "address", c.address(), "at", "redis endpoint", "reason", "wrong user name or password")
		c.reply.fail("WRONGPASS invalid username-password pair or user is disabled.")
	default:
		c.user, c.password = user, password
	}
	return err == nil && right
}

// redisVersion is the version of Redis whose behaviour this is, for clients who
// go by it.
const redisVersion = "7.0.0"

// doHello begins to speak a version of the protocol: HELLO [2|3 [AUTH USER
// PASSWORD] [SETNAME NAME]].
func doHello(ctx context.Context, c *client, words []string) {
	version := c.reply.version
	if len(words) > 0 {
		var ok bool
		if version, ok = number(words[0]); !ok {
			c.reply.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if version < 2 || version > 3 {
			c.reply.fail("NOPROTO unsupported protocol version")
			return
		}
		words = words[1:]
	}
	for len(words) > 0 {
		option := strings.ToLower(words[0])
		switch {
		case option == "auth" && len(words) >= 3:
			if !c.login(ctx, words[1], words[2]) {
				return
			}
			words = words[3:]
		case option == "setname" && len(words) >= 2:
			if !c.setName(words[1]) {
				return
			}
			words = words[2:]
		default:
			c.reply.fail("ERR Syntax error in HELLO option '" + words[0][:min(len(words[0]), 128)] + "'")
			return
		}
	}
	c.reply.version = version
	c.introduce()
}

// introduce says who we are.
func (c *client) introduce() {
	c.reply.pairs(7)
	for _, pair := range [][2]string{
		{"server", "redis"}, {"version", redisVersion}, {"proto", ""}, {"id", ""}, {"mode", "standalone"}, {"role", "master"},
	} {
		c.reply.bulk(pair[0])
		switch pair[0] {
		case "proto":
			c.reply.integer(c.reply.version)
		case "id":
			c.reply.integer(int(c.id))
		default:
			c.reply.bulk(pair[1])
		}
	}
	c.reply.bulk("modules")
	c.reply.array(0)
}
