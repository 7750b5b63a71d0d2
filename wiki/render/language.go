package render

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

//go:embed languages.txt
var languageList string

// language is a kind of text.
type language struct {
	mime   string
	lexer  string // the highlighter's name for its rules; "" is shown plain
	binary bool   // no text: Trac shows nothing of it
	own    bool   // known to the highlighter, but not to Trac
}

// languages are the kinds of text by all their names.
var languages = sync.OnceValue(func() map[string]language {
	known := map[string]language{}
	for line := range strings.Lines(languageList) {
		mime, rest, _ := strings.Cut(line, " ")
		lexer, names, ok := strings.Cut(rest, ":")
		if !ok || line[0] == '#' {
			continue
		}
		known[mime] = language{mime: mime, lexer: strings.Trim(lexer, "-!"), binary: lexer == "!"}
		for name := range strings.FieldsSeq(names) {
			known[name] = known[mime]
		}
	}
	for _, l := range lexers.GlobalLexerRegistry.Lexers {
		for _, name := range l.Config().Aliases {
			if _, taken := known[name]; !taken && len(name) > 2 {
				known[name] = language{lexer: l.Config().Name, own: true}
			}
		}
	}
	return known
})

// languageOf finds a kind of text by its name, or by the ending of a file's name.
func languageOf(name string) (language, bool) {
	l, known := languages()[name]
	switch {
	case known:
		return l, true
	case strings.HasPrefix(name, "image/"):
		return language{}, true
	case plainFile(name):
		return language{}, true
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		l, known = languages()[name[dot+1:]]
	}
	return l, known && !l.own
}

// plainFile tells whether a name begins as those of files do that are text by
// custom ([mimeviewer] mime_map_patterns).
func plainFile(name string) bool {
	for _, prefix := range []string{"README", "INSTALL", "COPYING"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && (prefix == "COPYING" || !strings.HasPrefix(rest, ".rst")) {
			return true
		}
	}
	return false
}

// isLanguage tells whether name is a kind of text. As a macro it must be one that
// Trac knows, since [[name]] is a link otherwise.
func isLanguage(name string, isBlock bool) bool {
	l, known := languageOf(name)
	return known && (isBlock || !l.own)
}

// isWikiText tells whether a kind of text is the one that this package renders.
func isWikiText(name string) bool {
	switch name {
	case "text/x-trac-wiki", "application/x-trac-wiki", "trac-wiki", "moin":
		return true
	}
	return false
}

// lexerFor returns the rules for a kind of text, or nil if it is shown plain.
func lexerFor(name string) chroma.Lexer {
	if l, _ := languageOf(name); l.lexer != "" {
		return lexers.Get(l.lexer)
	}
	return nil
}
