package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

// attachments are the methods on attachments of tickets and pages.
type attachments struct {
	env *environment.Environment
}

// TicketAttachments are the methods on attachments in the namespace ticket.
func TicketAttachments(env *environment.Environment) []rpc.Method {
	a := attachments{env}
	return []rpc.Method{{
		Signature: "array ticket.listAttachments(int ticket)",
		Asks:      "ATTACHMENT_VIEW per attachment; others are left out",
		Help:      "The attachments of a ticket, oldest first, each as `[filename, description, size, time, author]`.",
		Do:        a.listOfTicket,
		Batch:     a.listOfTickets,
	}, {
		Signature: "Binary ticket.getAttachment(int ticket, string filename)",
		Asks:      "ATTACHMENT_VIEW, which TICKET_VIEW on the ticket gives",
		Help:      "The content of an attachment of a ticket.",
		Do:        a.get(ticketPath),
	}, {
		Signature: "string ticket.putAttachment(int ticket, string filename, string description, Binary data, boolean replace=True)",
		Rows:      []string{"string,int,string,string,Binary,boolean", "string,int,string,string,Binary"},
		Asks:      "ATTACHMENT_CREATE, which TICKET_APPEND on the ticket gives; to replace somebody else's, ATTACHMENT_DELETE",
		Help: "Attaches a file to a ticket and answers with its name. A file of that name is replaced, or with " +
			"`replace` false the new one is called `name.2.ext`.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			up, err := upload(c, "ticket", ticketID(c.Arg(0)))
			if err != nil {
				return nil, err
			}
			return a.put(ctx, c, up)
		},
	}, {
		Signature: "boolean ticket.deleteAttachment(int ticket, string filename)",
		Asks:      "ATTACHMENT_DELETE, which TICKET_ADMIN on the ticket gives, and everybody has on their own attachments",
		Help:      "Deletes an attachment of a ticket.",
		Do:        a.delete(ticketPath),
	}}
}

// wikiAttachments are the methods on attachments in the namespace wiki, but for
// the one that deletes them, which has its place after wiki.deletePage.
func wikiAttachments(env *environment.Environment) []rpc.Method {
	a := attachments{env}
	return []rpc.Method{{
		Signature: "array wiki.listAttachments(string pagename)",
		Asks:      "ATTACHMENT_VIEW per attachment; others are left out",
		Help:      "The attachments of a page, oldest first, as paths: the name of the page, a slash, and the name of the file.",
		Do:        a.listOfPage,
	}, {
		Signature: "Binary wiki.getAttachment(string path)",
		Asks:      "ATTACHMENT_VIEW, which WIKI_VIEW on the page gives",
		Help:      "The content of an attachment. The path is what `wiki.listAttachments` tells.",
		Do:        a.get(pagePath),
	}, {
		Signature: "boolean wiki.putAttachment(string path, Binary data)",
		Asks:      "ATTACHMENT_CREATE, which WIKI_MODIFY on the page gives; to replace somebody else's, ATTACHMENT_DELETE",
		Help:      "Attaches a file to a page, or replaces it. `wiki.putAttachmentEx` can do more.",
		Do:        a.putAtPath,
	}, {
		Signature: "boolean wiki.putAttachmentEx(string pagename, string filename, string description, Binary data, boolean replace=True)",
		Asks:      "ATTACHMENT_CREATE, which WIKI_MODIFY on the page gives; to replace somebody else's, ATTACHMENT_DELETE",
		Help: "Attaches a file to a page and answers with its name. A file of that name is replaced, or with " +
			"`replace` false the new one is called `name.2.ext`.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			page, err := c.Text(0)
			if err != nil {
				return nil, err
			}
			up, err := upload(c, "wiki", page)
			if err != nil {
				return nil, err
			}
			return a.put(ctx, c, up)
		},
	}}
}

// ticketID is a ticket's id as attachments know it: the digits of a whole
// number. What is none is nobody's id, and stays as it is for the message.
func ticketID(v any) string {
	if n, ok := wholeNumber(v); ok {
		return strconv.Itoa(n)
	}
	return rpc.Text(v)
}

// place is where an attachment is.
type place struct {
	parent   auth.Resource
	filename string
}

// ticketPath reads the arguments ticket and filename.
func ticketPath(c *rpc.Call) (place, error) {
	filename, err := c.Text(1)
	return place{auth.Resource{Realm: "ticket", ID: ticketID(c.Arg(0))}, filename}, err
}

// pagePath reads the argument path: a page's name, which may have slashes, and
// after the last slash the file's.
func pagePath(c *rpc.Call) (place, error) {
	if c.Arg(0) == nil {
		return place{}, fault.New(fault.BadCall, "a path must be string, not nil")
	}
	path, err := c.String(0)
	if err != nil {
		return place{}, err
	}
	slash := strings.LastIndexByte(path, '/')
	page := strings.TrimRight(path[:slash+1], "/")
	if page == "" && slash >= 0 {
		page = path[:slash+1]
	}
	return place{auth.Resource{Realm: "wiki", ID: page}, path[slash+1:]}, nil
}

// upload reads the arguments of putAttachment and putAttachmentEx after the first.
func upload(c *rpc.Call, realm, id string) (attachment.Upload, error) {
	filename, err := c.String(1)
	if err != nil {
		return attachment.Upload{}, err
	}
	up := attachment.Upload{Parent: auth.Resource{Realm: realm, ID: id}, Filename: filename, Replace: c.Bool(4, true)}
	if c.Given(2) {
		description, err := c.Text(2)
		if err != nil {
			return attachment.Upload{}, err
		}
		up.Description = &description
	}
	up.Data, err = c.Binary(3)
	return up, err
}

func (a attachments) put(ctx context.Context, c *rpc.Call, up attachment.Upload) (any, error) {
	kept, err := a.env.Attachments.Put(ctx, c.Who, up)
	if err != nil {
		return nil, err
	}
	if kept.Replaced != nil {
		a.tell(ctx, c, *kept.Replaced, true)
	}
	a.tell(ctx, c, kept.Attachment, false)
	return kept.Filename, nil
}

func (a attachments) putAtPath(ctx context.Context, c *rpc.Call) (any, error) {
	at, err := pagePath(c)
	if err != nil {
		return nil, err
	}
	data, err := c.Binary(1)
	if err != nil {
		return nil, err
	}
	_, err = a.put(ctx, c, attachment.Upload{Parent: at.parent, Filename: at.filename, Data: data, Replace: true})
	if err != nil {
		return nil, err
	}
	return true, nil
}

func (a attachments) get(where func(*rpc.Call) (place, error)) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		at, err := where(c)
		if err != nil {
			return nil, err
		}
		data, err := a.env.Attachments.Read(ctx, c.Who, at.parent, at.filename, func(size int64) error {
			return rpc.MeterOf(ctx).Keep(ctx, 3*size) // the file, and base64 of it
		})
		if err != nil {
			return nil, err
		}
		return data, nil
	}
}

func (a attachments) delete(where func(*rpc.Call) (place, error)) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		at, err := where(c)
		if err != nil {
			return nil, err
		}
		removed, err := a.env.Attachments.Remove(ctx, c.Who, at.parent, at.filename)
		if err != nil {
			return nil, err
		}
		a.tell(ctx, c, removed, true)
		return true, nil
	}
}

// tell tells people of a file of a ticket that has come or gone. The call has done
// its work by then, so a failure is logged.
func (a attachments) tell(ctx context.Context, c *rpc.Call, file attachment.Attachment, removed bool) {
	id, err := strconv.Atoi(file.ParentID)
	if file.Realm != ticket.Realm || err != nil {
		return
	}
	f := ticket.File{Name: file.Filename, Author: file.Author, Time: file.Time, Removed: removed}
	if file.Description != nil {
		f.Description = *file.Description
	}
	if removed {
		f.Time = time.Now().UnixMicro()
	}
	if err := a.env.Tickets.TellOfFile(ctx, id, f, c.BaseURL); err != nil {
		a.env.Log.Warn("mail not written", "ticket", id, "attachment", file.Filename, "err", err)
	}
}

func (a attachments) listOfTicket(ctx context.Context, c *rpc.Call) (any, error) {
	outcome := a.listOfTickets(ctx, []*rpc.Call{c})[0]
	return outcome.Value, outcome.Err
}

func (a attachments) listOfTickets(ctx context.Context, calls []*rpc.Call) []rpc.Outcome {
	ids := make([]string, len(calls))
	for i, c := range calls {
		ids[i] = ticketID(c.Arg(0))
	}
	lists, err := a.env.Attachments.ListMany(ctx, calls[0].Who, "ticket", ids)
	outcomes := make([]rpc.Outcome, len(calls))
	for i, id := range ids {
		outcomes[i] = rpc.Outcome{Value: attachmentRows(lists[id]), Err: err}
	}
	return outcomes
}

// attachmentRows are attachments as ticket.listAttachments answers them.
func attachmentRows(list []attachment.Attachment) []any {
	rows := make([]any, len(list))
	for i, a := range list {
		rows[i] = []any{a.Filename, optional(a.Description), int(a.Size), time.UnixMicro(a.Time).UTC(), a.Author}
	}
	return rows
}

func (a attachments) listOfPage(ctx context.Context, c *rpc.Call) (any, error) {
	page, err := c.Text(0)
	if err != nil {
		return nil, err
	}
	list, err := a.env.Attachments.List(ctx, c.Who, auth.Resource{Realm: "wiki", ID: page})
	if err != nil {
		return nil, err
	}
	paths := make([]any, len(list))
	for i, at := range list {
		paths[i] = page + "/" + at.Filename
	}
	return paths, nil
}
