package ticket

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// List is one of the lists that tickets choose from: the components, the
// milestones, the versions, or the values of an enum (trac/ticket/model.py). It
// checks no permissions. It is safe for concurrent use.
type List[T any] struct {
	kind        kind[T]
	store       ListStore[T]
	attachments ListAttachments
	now         func() time.Time
}

// ListStore keeps a list. It is safe for concurrent use.
type ListStore[T any] interface {
	// All reads the list, in no order.
	All(ctx context.Context) ([]T, error)
	// Find reads one item; false when there is none of that name.
	Find(ctx context.Context, name string) (T, bool, error)
	// Edit hands plan the list as it stands, in one transaction, and keeps what
	// plan gives back, with its event. If plan fails, nothing is kept and its
	// error comes back. Tickets follow an item that gets another name, and so do
	// the rows of its attachments; with an item that goes, those go too.
	Edit(ctx context.Context, plan func(list []T) (ListEdit[T], error)) error
}

// ListEdit says what becomes of a list. The event says when, and by whom.
type ListEdit[T any] struct {
	Add    []T
	Change []ListChange[T]
	Remove []string
	Event  publish.Event
}

// ListChange puts Item in the place of the item of that name.
type ListChange[T any] struct {
	Name string
	Item T
}

// ListAttachments keeps the files of attachments in step with their rows.
type ListAttachments interface {
	Attachments
	// Moving runs commit, which may give the rows of attachments of one parent to
	// another, and moves the files of those that it did move.
	Moving(ctx context.Context, from, to auth.Resource, commit func() error) error
}

// kind is what sets one list apart from the others.
type kind[T any] struct {
	realm  string // of its events
	words  words
	id     func(T) string // of its events
	name   func(*T) *string
	tidy   func(*T)       // everything but the name; may be nil
	choice func(T) Choice // what a ticket's field offers it as
	attach bool           // it has attachments

	// adding and removing say what else an edit does; both may be nil.
	adding   func(list []T, item *T)
	removing func(list []T, gone T) []ListChange[T]
}

// words are the faults that a kind of list tells its callers.
type words struct {
	missing, missingTitle string // with the name
	taken                 string // with the name
	noName                string
	noUpdate, noDelete    string // for an empty name
}

// simplifySpace leaves one space between words and none around them
// (ticket/model.py, simplify_whitespace).
func simplifySpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// Names are the names on the list, in Trac's order.
func (l *List[T]) Names(ctx context.Context) ([]string, error) {
	list, err := l.All(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = *l.kind.name(&list[i])
	}
	return names, nil
}

// All is the list in Trac's order.
func (l *List[T]) All(ctx context.Context) ([]T, error) {
	list, err := l.store.All(ctx)
	slices.SortFunc(list, func(a, b T) int { return compareChoices(l.kind.choice(a), l.kind.choice(b)) })
	return list, err
}

// Get reads one item; a NotFound fault when there is none of that name.
func (l *List[T]) Get(ctx context.Context, name string) (T, error) {
	item, found, err := l.store.Find(ctx, name)
	if err == nil && !found {
		err = l.missing(name)
	}
	return item, err
}

func (l *List[T]) taken(name string) error {
	return fault.New(fault.Invalid, l.kind.words.taken, name)
}

func (l *List[T]) missing(name string) error {
	return fault.Titled(fault.NotFound, l.kind.words.missingTitle, l.kind.words.missing, name)
}

// Create adds an item.
func (l *List[T]) Create(ctx context.Context, item T, author string) error {
	if err := l.tidy(&item); err != nil {
		return err
	}
	name := *l.kind.name(&item)
	return l.store.Edit(ctx, func(list []T) (ListEdit[T], error) {
		if l.find(list, name) >= 0 {
			return ListEdit[T]{}, l.taken(name)
		}
		if l.kind.adding != nil {
			l.kind.adding(list, &item)
		}
		event, err := l.event(publish.Created, author, nil, &item, nil)
		return ListEdit[T]{Add: []T{item}, Event: event}, err
	})
}

// Update has change, which may be called more than once, alter an item; with
// another name it is renamed.
func (l *List[T]) Update(ctx context.Context, name string, change func(*T), author string) error {
	if name == "" {
		return fault.New(fault.Invalid, "%s", l.kind.words.noUpdate)
	}
	commit := func() error {
		return l.store.Edit(ctx, func(list []T) (ListEdit[T], error) { return l.update(list, name, change, author) })
	}
	if !l.kind.attach {
		return commit()
	}
	item, err := l.Get(ctx, name)
	if err != nil {
		return err
	}
	change(&item)
	renamed := simplifySpace(*l.kind.name(&item))
	if renamed == "" || renamed == name {
		return commit()
	}
	if _, taken, err := l.store.Find(ctx, renamed); err != nil || taken {
		return cmp.Or(err, l.taken(renamed))
	}
	return l.attachments.Moving(ctx, l.resource(name), l.resource(renamed), commit)
}

func (l *List[T]) update(list []T, name string, change func(*T), author string) (edit ListEdit[T], err error) {
	at := l.find(list, name)
	if at < 0 {
		return edit, l.missing(name)
	}
	old, item := list[at], list[at]
	change(&item)
	if err := l.tidy(&item); err != nil {
		return edit, err
	}
	renamed := *l.kind.name(&item)
	if renamed != name && l.find(list, renamed) >= 0 {
		return edit, l.taken(renamed)
	}
	edit.Change = []ListChange[T]{{name, item}}
	edit.Event, err = l.event(publish.Changed, author, &old, &item, nil)
	return edit, err
}

// Delete takes an item off the list. Tickets that have it keep its name.
func (l *List[T]) Delete(ctx context.Context, name, author string) error {
	if name == "" {
		return fault.New(fault.Invalid, "%s", l.kind.words.noDelete)
	}
	commit := func() error {
		return l.store.Edit(ctx, func(list []T) (edit ListEdit[T], err error) {
			at := l.find(list, name)
			if at < 0 {
				return edit, l.missing(name)
			}
			edit.Remove = []string{name}
			if l.kind.removing != nil {
				edit.Change = l.kind.removing(list, list[at])
			}
			edit.Event, err = l.event(publish.Deleted, author, &list[at], nil, edit.Change)
			return edit, err
		})
	}
	if !l.kind.attach {
		return commit()
	}
	return l.attachments.Removing(ctx, l.resource(name), commit)
}

func (l *List[T]) resource(name string) auth.Resource {
	return auth.Resource{Realm: l.kind.realm, ID: name}
}

func (l *List[T]) find(list []T, name string) int {
	return slices.IndexFunc(list, func(item T) bool { return *l.kind.name(&item) == name })
}

func (l *List[T]) tidy(item *T) error {
	name := l.kind.name(item)
	*name = simplifySpace(*name)
	if *name == "" {
		return fault.New(fault.Invalid, "%s", l.kind.words.noName)
	}
	if l.kind.tidy != nil {
		l.kind.tidy(item)
	}
	return nil
}

// event tells what an item was and is, and which others have changed with it.
// Its id is that of the item as it is now or, when it is gone, was.
func (l *List[T]) event(verb, author string, old, now *T, others []ListChange[T]) (publish.Event, error) {
	item := now
	if item == nil {
		item = old
	}
	data := struct {
		Old   *T  `json:"old,omitempty"`
		New   *T  `json:"new,omitempty"`
		Moved []T `json:"moved,omitempty"`
	}{Old: old, New: now}
	for _, other := range others {
		data.Moved = append(data.Moved, other.Item)
	}
	return publish.NewEvent(l.now().UTC(), l.kind.realm, verb, l.kind.id(*item), author, data)
}
