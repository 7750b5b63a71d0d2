package api

import (
	"context"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/wiki"
)

// pages are the methods on wiki pages.
type pages struct {
	env *environment.Environment
}

// Wiki are the methods of the namespace wiki.
func Wiki(env *environment.Environment) []rpc.Method {
	p := pages{env}
	return slices.Concat(p.texts(), p.pageHTML(), p.facts(), p.writing(), wikiAttachments(env), p.deleting(), p.other())
}

const viewPage = "WIKI_VIEW on the page"

func (p pages) texts() []rpc.Method {
	return []rpc.Method{{
		Signature: "struct wiki.getRecentChanges(DateTime since)",
		Asks:      "WIKI_VIEW per page; other pages are left out",
		Help: "The pages that were changed at `since` or later, newest first. Each is a struct like that of " +
			"`wiki.getPageInfo`, of its latest version.",
		Do: p.recentChanges,
	}, {
		Signature:  "int wiki.getRPCVersionSupported()",
		Permission: wiki.View,
		Help:       "The version of the !WikiRPC interface that this namespace follows, which is 2.",
		Do:         func(context.Context, *rpc.Call) (any, error) { return 2, nil },
	}, {
		Signature: "string wiki.getPage(string pagename, int version=None)",
		Asks:      viewPage,
		Help:      "The wiki text of a page: of its latest version, or of the one asked for.",
		Do:        p.one(pageText),
		Batch:     p.many(pageText),
	}, {
		Signature: "string wiki.getPageVersion(string pagename, int version=None)",
		Rows:      []string{"string,string,int"},
		Asks:      viewPage,
		Help:      "The same as `wiki.getPage`.",
		Do:        p.one(pageText),
		Batch:     p.many(pageText),
	}}
}

func (p pages) facts() []rpc.Method {
	return []rpc.Method{{
		Signature: "array wiki.getAllPages()",
		Asks:      "WIKI_VIEW per page; other pages are left out",
		Help:      "The names of all pages.",
		Do:        p.names,
	}, {
		Signature: "struct wiki.getPageInfo(string pagename, int version=None)",
		Asks:      viewPage,
		Help: "What is known of a page, or of one version of it, besides its text: `name`, `version`, `author`, " +
			"`lastModified` and `comment`. The answer is 0 when there is no such page or version.",
		Do:    p.one(pageInfo),
		Batch: p.many(pageInfo),
	}, {
		Signature: "struct wiki.getPageInfoVersion(string pagename, int version=None)",
		Rows:      []string{"struct,string,int"},
		Asks:      viewPage,
		Help:      "The same as `wiki.getPageInfo`.",
		Do:        p.one(pageInfo),
		Batch:     p.many(pageInfo),
	}}
}

func (p pages) writing() []rpc.Method {
	return []rpc.Method{{
		Signature: "boolean wiki.putPage(string pagename, string content, struct attributes)",
		Asks:      "WIKI_CREATE, WIKI_MODIFY, or for a read-only page WIKI_ADMIN on the page",
		Help: "Makes a page, or a new version of one. The attributes, which may be empty, are `comment`, what was " +
			"changed; `author`, who is to be named as the author when that is not the caller; and `readonly`, " +
			"which protects the page from whoever has no WIKI_ADMIN, and counts only for those who have it. A " +
			"page that would stay as it is is refused.",
		Do: p.put,
	}}
}

func (p pages) deleting() []rpc.Method {
	return []rpc.Method{{
		Signature: "boolean wiki.deletePage(string name, int version=None)",
		Asks:      "WIKI_DELETE on the page",
		Help: "Deletes a page with all its versions and attachments, or only one version of it. The answer is false " +
			"when there is no such page or version.",
		Do: p.remove,
	}, {
		Signature: "boolean wiki.deleteAttachment(string path)",
		Asks:      "ATTACHMENT_DELETE, which WIKI_DELETE on the page gives, and everybody has on their own attachments",
		Help:      "Deletes an attachment of a page.",
		Do:        attachments(p).delete(pagePath),
	}}
}

func (p pages) other() []rpc.Method {
	return []rpc.Method{{
		Signature:  "array wiki.listLinks(string pagename)",
		Permission: wiki.View,
		Help: "Where the links of a page lead, each place once. Each is a struct: `page` is the name of the wiki page, or the " +
			"address of anything else; `type` is `local` or `external`; `href` is the address, or empty for a missing page " +
			"that the caller may not make. What macros show is not among them, nor are pages that the caller may not see. A " +
			"page that does not exist has no links.",
		Do: p.links,
	}, p.textHTML()}
}

// pageText is a page as wiki.getPage answers it.
func pageText(page wiki.Page, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return page.Text, nil
}

// pageInfo is a page as wiki.getPageInfo answers it.
func pageInfo(page wiki.Page, err error) (any, error) {
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return nil, err
	}
	return rpc.Struct{
		{Name: "name", Value: page.Name},
		{Name: "lastModified", Value: time.UnixMicro(page.Time).UTC()},
		{Name: "author", Value: page.Author},
		{Name: "version", Value: page.Version},
		{Name: "comment", Value: optional(page.Comment)},
	}, nil
}

// optional is a text that may be absent.
func optional(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// one answers a call that asks for one page.
func (p pages) one(answer func(wiki.Page, error) (any, error)) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		ref, err := pageRef(c)
		if err != nil {
			return nil, err
		}
		return answer(p.env.Wiki.Get(ctx, c.Who, ref))
	}
}

// many answers many such calls by one question to the wiki.
func (p pages) many(answer func(wiki.Page, error) (any, error)) func(context.Context, []*rpc.Call) []rpc.Outcome {
	return func(ctx context.Context, calls []*rpc.Call) []rpc.Outcome {
		outcomes := make([]rpc.Outcome, len(calls))
		var refs []wiki.Ref
		var places []int
		for i, c := range calls {
			ref, err := pageRef(c)
			if err != nil {
				outcomes[i].Err = err
				continue
			}
			refs, places = append(refs, ref), append(places, i)
		}
		found, errs := p.env.Wiki.GetMany(ctx, calls[0].Who, refs)
		for j, i := range places {
			outcomes[i].Value, outcomes[i].Err = answer(found[j], errs[j])
		}
		return outcomes
	}
}

// pageRef reads the arguments pagename and version.
func pageRef(c *rpc.Call) (wiki.Ref, error) {
	name, err := c.Text(0)
	if err != nil {
		return wiki.Ref{}, err
	}
	version, err := pageVersion(c.Arg(1))
	return wiki.Ref{Name: name, Version: version}, err
}

// pageVersion reads a version: a whole number in any form, or nil for the latest.
func pageVersion(v any) (int, error) {
	switch v := v.(type) {
	case nil:
		return wiki.Latest, nil
	case int:
		return v, nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case float64:
		if n := int(v); float64(n) == v {
			return n, nil
		}
	case string:
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
			return n, nil
		}
	case *big.Int:
		return 0, fault.New(fault.BadCall, "there is no version %s", v)
	}
	return 0, fault.New(fault.BadCall, "a version must be a whole number, not %s", rpc.Text(v))
}

func (p pages) recentChanges(ctx context.Context, c *rpc.Call) (any, error) {
	since, err := c.Time(0)
	if err != nil {
		return nil, err
	}
	var from int64 // what stands for "not given" means all pages
	if !since.IsZero() {
		from = since.UnixMicro()
	}
	recent, err := p.env.Wiki.Recent(ctx, c.Who, from)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(recent))
	for i, page := range recent {
		if list[i], err = pageInfo(page, nil); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (p pages) names(ctx context.Context, c *rpc.Call) (any, error) {
	names, err := p.env.Wiki.Names(ctx, c.Who)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = name
	}
	return list, nil
}

func (p pages) put(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.String(0)
	if err != nil {
		return nil, err
	}
	text, err := c.Text(1)
	if err != nil {
		return nil, err
	}
	attributes, err := c.Struct(2)
	if err != nil {
		return nil, err
	}
	if c.Arg(2) == nil {
		return nil, fault.New(fault.BadCall, "attributes must be struct, not nil; it may be empty")
	}
	edit := wiki.Edit{Name: name, Text: text, Author: c.Who.Name()}
	if err := editAttributes(&edit, attributes); err != nil {
		return nil, err
	}
	return true, p.env.Wiki.Save(ctx, c.Who, edit)
}

// editAttributes puts the attributes of wiki.putPage into an edit. Others than
// the known ones are ignored.
func editAttributes(edit *wiki.Edit, attributes rpc.Struct) error {
	for _, m := range attributes {
		switch m.Name {
		case "readonly":
			edit.Readonly = rpc.Truth(m.Value)
		case "comment", "author":
			text, ok := rpc.Stored(m.Value)
			if !ok {
				return fault.New(fault.BadCall, "attribute '%s' must be string, not %s", m.Name, rpc.TypeName(m.Value))
			}
			if m.Value == nil {
				continue
			}
			if m.Name == "author" {
				edit.Author = text
			} else {
				edit.Comment = &text
			}
		}
	}
	return nil
}

func (p pages) remove(ctx context.Context, c *rpc.Call) (any, error) {
	ref, err := pageRef(c)
	if err != nil {
		return nil, err
	}
	if ref.Version == wiki.Latest {
		err = p.env.Wiki.Remove(ctx, c.Who, ref.Name)
	} else {
		err = p.env.Wiki.RemoveVersion(ctx, c.Who, ref)
	}
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return true, err
}
