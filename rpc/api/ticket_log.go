package api

import (
	"context"

	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

func (t tickets) history() []rpc.Method {
	return []rpc.Method{{
		Signature: "struct ticket.changeLog(int id, int when=0)",
		Asks:      "TICKET_VIEW on the ticket",
		Help: "What happened to a ticket, in the order of time, as an array of `[time, author, field, old, new, " +
			"permanent]`. A comment has the field `comment`, its number in `old` (after that of the comment it answers, " +
			"as in `2.3`) and its text in `new`. Rows that are not permanent tell of attachments. With `when`, a time, " +
			"only what happened exactly then.",
		Do:    t.changeLog,
		Batch: t.changeLogs,
	}}
}

func (t tickets) comments() []rpc.Method {
	return []rpc.Method{{
		Signature: "boolean ticket.editComment(int id, int cnum, string text)",
		Asks:      "TICKET_EDIT_COMMENT, or for one's own comment TICKET_APPEND on the ticket",
		Help:      "Gives comment number `cnum` of a ticket a new text. The old one is kept in its history.",
		Do:        t.editComment,
	}, {
		Signature: "boolean ticket.deleteComment(int id, int cnum, boolean force=False)",
		Asks:      "TICKET_ADMIN on the ticket",
		Help: "Deletes comment number `cnum` of a ticket. When fields were changed together with it, it takes `force`: " +
			"these changes are taken back.",
		Do: t.deleteComment,
	}, {
		Signature: "array ticket.getCommentHistory(int id, int cnum)",
		Asks:      "TICKET_VIEW on the ticket",
		Help:      "The texts that comment number `cnum` of a ticket had, oldest first, each as `[revision, time, author, text]`.",
		Do:        t.commentHistory,
	}, {
		Signature: "int ticket.replyToComment(int id, int cnum, string text, boolean quote=False)",
		Asks:      "TICKET_VIEW and TICKET_APPEND on the ticket",
		Help: "Answers comment number `cnum` of a ticket, and answers with the new comment's number. With `quote` the text " +
			"that is answered stands before the answer.",
		Do: t.replyToComment,
	}}
}

func (t tickets) changeLog(ctx context.Context, c *rpc.Call) (any, error) {
	id, err := ticketNumber(c.Arg(0))
	if err != nil {
		return nil, err
	}
	when, err := c.Time(1)
	if err != nil {
		return nil, err
	}
	exactly := int64(0)
	if !when.IsZero() {
		exactly = when.UnixMicro()
	}
	rows, err := t.env.Tickets.ChangeLog(ctx, c.Who, id, exactly)
	if err != nil {
		return nil, err
	}
	return t.logValue(rows), nil
}

func (t tickets) changeLogs(ctx context.Context, calls []*rpc.Call) []rpc.Outcome {
	for _, c := range calls {
		if rpc.Truth(c.Arg(1)) { // some time of a ticket; seldom asked
			return t.changeLogsOneByOne(ctx, calls)
		}
	}
	outcomes, ids, places := ticketNumbers(calls)
	for i, r := range t.env.Tickets.ChangeLogs(ctx, calls[0].Who, ids) {
		o := &outcomes[places[i]]
		if o.Err = r.Err; o.Err == nil {
			o.Value = t.logValue(r.Log)
		}
	}
	return outcomes
}

func (t tickets) changeLogsOneByOne(ctx context.Context, calls []*rpc.Call) []rpc.Outcome {
	outcomes := make([]rpc.Outcome, len(calls))
	for i, c := range calls {
		outcomes[i].Value, outcomes[i].Err = t.changeLog(ctx, c)
	}
	return outcomes
}

// logValue is a change log on the wire. What nobody did, such as the renaming of a
// milestone, has nil for an author.
func (t tickets) logValue(rows []ticket.LogRow) []any {
	list := make([]any, len(rows))
	for i, r := range rows {
		permanent := 0
		if r.Permanent {
			permanent = 1
		}
		isTime := t.env.Tickets.IsTime(r.Field)
		list[i] = []any{moment(r.Time), orNil(r.Author), r.Field, fieldValue(r.Old, isTime, ""), fieldValue(r.New, isTime, ""), permanent}
	}
	return list
}

// commentOf reads the arguments id and cnum.
func commentOf(c *rpc.Call) (id, number int, err error) {
	if id, err = ticketNumber(c.Arg(0)); err != nil {
		return 0, 0, err
	}
	number, ok := wholeNumber(c.Arg(1))
	if !ok {
		return 0, 0, fault.New(fault.BadCall, "a comment's number must be int, not %s", rpc.TypeName(c.Arg(1)))
	}
	return id, number, nil
}

func (t tickets) editComment(ctx context.Context, c *rpc.Call) (any, error) {
	id, number, err := commentOf(c)
	if err != nil {
		return nil, err
	}
	text, err := words(c, 2)
	if err != nil {
		return nil, err
	}
	return true, t.env.Tickets.EditComment(ctx, c.Who, id, number, text)
}

func (t tickets) deleteComment(ctx context.Context, c *rpc.Call) (any, error) {
	id, number, err := commentOf(c)
	if err != nil {
		return nil, err
	}
	return true, t.env.Tickets.DeleteComment(ctx, c.Who, id, number, c.Bool(2, false))
}

func (t tickets) commentHistory(ctx context.Context, c *rpc.Call) (any, error) {
	id, number, err := commentOf(c)
	if err != nil {
		return nil, err
	}
	revisions, err := t.env.Tickets.CommentHistory(ctx, c.Who, id, number)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(revisions))
	for i, r := range revisions {
		list[i] = []any{r.Number, moment(r.Time), r.Author, r.Text}
	}
	return list, nil
}

func (t tickets) replyToComment(ctx context.Context, c *rpc.Call) (any, error) {
	id, number, err := commentOf(c)
	if err != nil {
		return nil, err
	}
	text, err := words(c, 2)
	if err != nil {
		return nil, err
	}
	return t.env.Tickets.Reply(ctx, c.Who, id, number, text, c.Bool(3, false))
}
