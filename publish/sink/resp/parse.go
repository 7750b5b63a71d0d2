package resp

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
)

const (
	// maxCommand bounds the bytes of one command, and maxArguments its words: what
	// nobody needs who only subscribes.
	maxCommand   = 64 << 10
	maxArguments = 1024
	// maxHeader bounds a line that says how many words there are, or how long one is.
	maxHeader = 32
)

// protocolError is a command that cannot be read. The text is what Redis says.
// What follows it cannot be read either.
type protocolError string

func (e protocolError) Error() string { return "Protocol error: " + string(e) }

// readCommand reads the next command: an array of strings, or a line of words as
// somebody types them. It takes no more memory than a command may have, whatever
// the lengths that are announced. A command without words is empty, and not nil.
func readCommand(r *bufio.Reader) ([]string, error) {
	first, err := r.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] != '*' {
		return readInline(r)
	}
	header, err := readLine(r, maxHeader, "too big mbulk count string")
	if err != nil {
		return nil, err
	}
	count, ok := number(header[1:])
	if !ok || count > maxArguments {
		return nil, protocolError("invalid multibulk length")
	}
	words := make([]string, 0, max(min(count, 8), 0))
	left := maxCommand
	for range count {
		word, err := readBulk(r, left)
		if err != nil {
			return nil, inTheMiddle(err)
		}
		left -= len(word)
		words = append(words, word)
	}
	return words, nil
}

// readBulk reads a string with its length before it.
func readBulk(r *bufio.Reader, most int) (string, error) {
	header, err := readLine(r, maxHeader, "too big bulk count string")
	if err != nil {
		return "", err
	}
	if header == "" || header[0] != '$' {
		return "", protocolError("expected '$', got '" + printable(header) + "'")
	}
	length, ok := number(header[1:])
	if !ok || length < 0 || length > most {
		return "", protocolError("invalid bulk length")
	}
	text := make([]byte, length+2)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", err
	}
	if string(text[length:]) != "\r\n" {
		return "", protocolError("invalid bulk length")
	}
	return string(text[:length]), nil
}

// printable is the first byte of a text, as an error may show it.
func printable(text string) string {
	if text == "" || text[0] < ' ' || text[0] > '~' {
		return "?"
	}
	return text[:1]
}

// inTheMiddle says that a command ended before its end.
func inTheMiddle(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// number reads a whole number that is written in the only way in which it may be.
func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && strconv.Itoa(n) == text
}

// readLine reads a line of so many bytes at most, without its end.
func readLine(r *bufio.Reader, most int, tooLong protocolError) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most+2 {
			return "", tooLong
		}
		if err == nil {
			return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", inTheMiddle(err)
		}
	}
}

func readInline(r *bufio.Reader) ([]string, error) {
	line, err := readLine(r, maxCommand, "too big inline request")
	if err != nil {
		return nil, err
	}
	words, ok := splitWords(line)
	if !ok {
		return nil, protocolError("unbalanced quotes in request")
	}
	if len(words) > maxArguments {
		return nil, protocolError("invalid multibulk length")
	}
	return words, nil
}

// splitWords splits a line at blanks. Words may be quoted: by "" with \n, \r, \t,
// \b, \a and \xFF in it, or by ” with \'. After a quote there must be a blank.
func splitWords(line string) (words []string, ok bool) {
	words = []string{}
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f\x00")
		if line == "" {
			return words, true
		}
		var word string
		if word, line, ok = cutWord(line); !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

func isBlank(c byte) bool { return strings.IndexByte(" \t\r\n\v\f\x00", c) >= 0 }

// cutWord takes the first word off a line.
func cutWord(line string) (word, rest string, ok bool) {
	var b strings.Builder
	for line != "" && !isBlank(line[0]) {
		quote := line[0]
		if quote != '"' && quote != '\'' {
			b.WriteByte(quote)
			line = line[1:]
			continue
		}
		for line = line[1:]; ; {
			if line == "" {
				return "", "", false
			}
			if line[0] == quote {
				line = line[1:]
				break
			}
			var c byte
			c, line = unescape(line, quote)
			b.WriteByte(c)
		}
		if line != "" && !isBlank(line[0]) {
			return "", "", false
		}
	}
	return b.String(), line, true
}

// escapes are what stands for other characters after a backslash.
const escapes = "n\nr\rt\tb\ba\a"

// unescape takes the next character off what is between quotes.
func unescape(text string, quote byte) (c byte, rest string) {
	if text[0] != '\\' || len(text) == 1 {
		return text[0], text[1:]
	}
	if quote == '\'' {
		if text[1] == '\'' {
			return '\'', text[2:]
		}
		return '\\', text[1:]
	}
	if text[1] == 'x' && len(text) >= 4 {
		if n, err := strconv.ParseUint(text[2:4], 16, 8); err == nil {
			return byte(n), text[4:]
		}
	}
	for i := 0; i < len(escapes); i += 2 {
		if escapes[i] == text[1] {
			return escapes[i+1], text[2:]
		}
	}
	return text[1], text[2:]
}
