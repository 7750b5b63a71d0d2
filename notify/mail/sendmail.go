package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Sendmail sends by a program that takes the mail on its standard input, as
// sendmail does. It must know the options -i and -f.
type Sendmail struct {
	Path string
}

// String says which program.
func (s *Sendmail) String() string { return "program:" + s.Path }

// tryLater is how a sendmail program ends that may succeed another time
// (EX_TEMPFAIL of sysexits.h).
const tryLater = 75

// Send runs the program. Like Trac, it takes what that prints as a failure.
func (s *Sendmail) Send(ctx context.Context, m *Message) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := []string{"-i", "-f", m.Sender}
	var options []string // addresses that the program would take for such
	for _, to := range m.Recipients {
		if strings.HasPrefix(to, "-") {
			options = append(options, to)
		} else {
			args = append(args, to)
		}
	}
	if err := s.run(ctx, m, args); err != nil || len(options) == 0 {
		return err
	}
	return &Failure{Refused: options, Err: errors.New("an address must not begin with a hyphen")}
}

// run runs the program with args, which end with who gets m.
func (s *Sendmail) run(ctx context.Context, m *Message, args []string) error {
	if len(args) == 3 {
		return nil // nobody is left
	}
	var printed bytes.Buffer
	command := exec.CommandContext(ctx, s.Path, args...)
	command.Stdin = bytes.NewReader(bytes.ReplaceAll(m.Bytes(), []byte("\r\n"), []byte("\n")))
	command.Stderr = &printed
	err := command.Run()
	var ended *exec.ExitError
	switch {
	case err == nil && printed.Len() == 0:
		return nil
	case err == nil:
		err = errors.New("it complains")
	case errors.As(err, &ended) && ended.ExitCode() == tryLater, ctx.Err() != nil:
		return &Failure{Later: m.Recipients, Err: s.explain(err, printed.String())}
	}
	return &Failure{Refused: m.Recipients, Err: s.explain(err, printed.String())}
}

func (s *Sendmail) explain(err error, printed string) error {
	if printed = strings.TrimSpace(printed); len(printed) > 300 {
		printed = printed[:300]
	}
	return fmt.Errorf("run %s: %w: %s", s.Path, err, printed)
}
