package render

import (
	"context"

	"tracrpc/wiki/markup"
)

func subscriberListMacro() Macro {
	return Macro{
		Name:        "SubscriberList",
		Description: `Lists the rules by which people are told of changes. ` + "`[notification-subscriber]`" + ` names them.`,
		Expand:      expandSubscriberList,
	}
}

// subscribers are the rules that Trac has.
var subscribers = [...]struct{ name, when string }{
	{"AlwaysEmailSubscriber", "Always: the addresses of [notification] smtp_always_cc and smtp_always_bcc"},
	{"CarbonCopySubscriber", "My name or address is in the CC of the ticket"},
	{"NewTicketSubscriber", "Somebody makes a ticket"},
	{"TicketOwnerSubscriber", "The ticket is mine"},
	{"TicketPreviousUpdatersSubscriber", "I have changed the ticket before"},
	{"TicketReporterSubscriber", "I have reported the ticket"},
	{"TicketUpdaterSubscriber", "It is me who changes the ticket"},
}

func expandSubscriberList(context.Context, *Place, *markup.Call) (string, error) {
	w := &writer{}
	w.open("div", "class", "trac-subscriberlist").raw(`<table class="wiki"><thead><tr><th>Subscriber</th><th>Description</th></tr></thead><tbody>`)
	for i, s := range subscribers {
		w.open("tr", "class", evenOdd(i)).raw("<td>").element("code", s.name).raw("</td>").element("td", s.when).close("tr")
	}
	return w.raw("</tbody></table>").close("div").String(), nil
}

// evenOdd is the class of the row of a table, the first one being number 0.
func evenOdd(i int) string {
	if i%2 == 1 {
		return "odd"
	}
	return "even"
}
