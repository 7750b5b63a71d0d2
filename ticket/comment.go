package ticket

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"tracrpc/auth"
	"tracrpc/fault"
)

// EditComment gives comment number of a ticket a new text; the old one stays in
// the comment's history. It needs TICKET_EDIT_COMMENT on the comment, which
// Policy allows to its author.
func (s *Service) EditComment(ctx context.Context, who auth.Principal, id, number int, text string) error {
	comment, err := s.comment(ctx, who, id, number)
	if err != nil {
		return err
	}
	on := Resource(id)
	may, err := who.May(ctx, "TICKET_EDIT_COMMENT", auth.Resource{Realm: "comment", ID: strconv.Itoa(number), Parent: &on})
	if err != nil {
		return err
	}
	if !may {
		return auth.Forbidden("TICKET_EDIT_COMMENT", on)
	}
	if err := s.checkComment(text); err != nil {
		return err
	}
	if text == comment.New {
		return nil
	}
	edit := CommentEdit{Number: number, Author: who.Name(), Text: text, Time: s.now().UnixMicro()}
	return s.store.ModifyComment(ctx, id, edit)
}

// checkComment refuses a comment that is too long.
func (s *Service) checkComment(text string) error {
	if size := s.config.MaxComment; utf8.RuneCountInString(text) > size {
		return fault.New(fault.Invalid, "The ticket comment is invalid: %s", tooLong(size))
	}
	return nil
}

// DeleteComment removes comment number of a ticket. It needs TICKET_ADMIN on the
// ticket. A comment that came with changes of fields is only deleted by force:
// the changes are taken back with it.
func (s *Service) DeleteComment(ctx context.Context, who auth.Principal, id, number int, force bool) error {
	comment, err := s.comment(ctx, who, id, number)
	if err != nil {
		return err
	}
	if err := who.Require(ctx, "TICKET_ADMIN", Resource(id)); err != nil {
		return err
	}
	if !force {
		if err := s.mustStandAlone(ctx, id, number, comment.Time); err != nil {
			return err
		}
	}
	return s.store.DeleteChange(ctx, id, ChangeDeletion{Number: number, Author: who.Name(), Time: s.now().UnixMicro()})
}

// mustStandAlone refuses when something changed together with a comment.
func (s *Service) mustStandAlone(ctx context.Context, id, number int, when int64) error {
	logs, err := s.store.Log(ctx, []int{id}, when)
	if err != nil {
		return err
	}
	var fields []string
	for _, row := range logs[id] {
		if row.Permanent && row.Field != "comment" && !strings.HasPrefix(row.Field, "_") {
			fields = append(fields, row.Field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "Comment %d came with changes of %s, which deleting it takes back; that takes force.",
		number, strings.Join(fields, ", "))
}

// CommentHistory lists the texts that comment number of a ticket had, the newest
// last. It needs TICKET_VIEW on the ticket.
func (s *Service) CommentHistory(ctx context.Context, who auth.Principal, id, number int) ([]Revision, error) {
	if _, err := s.Get(ctx, who, id); err != nil {
		return nil, err
	}
	return s.store.History(ctx, id, number)
}

// Reply answers comment number of a ticket and returns the answer's number. With
// quote the answered text stands before the answer, as a citation. It needs
// TICKET_VIEW and TICKET_APPEND on the ticket.
func (s *Service) Reply(ctx context.Context, who auth.Principal, id, number int, text string, quote bool) (int, error) {
	comment, err := s.comment(ctx, who, id, number)
	if err != nil {
		return 0, err
	}
	if err := who.Require(ctx, "TICKET_APPEND", Resource(id)); err != nil {
		return 0, err
	}
	if quote {
		text = cite(comment, number) + text
	}
	if blank(text) {
		return 0, fault.New(fault.Invalid, "A reply must have a text.")
	}
	if err := s.checkComment(text); err != nil {
		return 0, err
	}
	reply := Change{Author: who.Name(), Comment: text, ReplyTo: strconv.Itoa(number), Time: s.now().UnixMicro()}
	kept, err := s.store.Update(ctx, id, func(*Ticket) (Change, error) { return reply, nil })
	return kept.Number, err
}

// comment finds a comment that the user may view.
func (s *Service) comment(ctx context.Context, who auth.Principal, id, number int) (LogRow, error) {
	if _, err := s.Get(ctx, who, id); err != nil {
		return LogRow{}, err
	}
	return s.store.Comment(ctx, id, number)
}

// cite is a comment as the citation that Trac's reply button makes of it.
func cite(comment LogRow, number int) string {
	var b strings.Builder
	b.WriteString("Replying to [comment:" + strconv.Itoa(number) + " " + comment.Author + "]:\n")
	for line := range strings.SplitSeq(strings.ReplaceAll(comment.New, "\r\n", "\n"), "\n") {
		b.WriteString("> " + line + "\n")
	}
	b.WriteString("\n")
	return b.String()
}
