package render

import (
	"path"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// plainNames are the names of processors that show their text as it is: kinds of
// text that the highlighter has no rules for.
const plainNames = `text/plain text txt TXT README INSTALL COPYING AUTHORS RELEASE ChangeLog textile txtl text/x-textile
	mail text/x-mail rfc text/x-rfc m4 text/x-m4 troff roff application/x-troff eiffel e text/x-eiffel idl text/x-idl
	inf text/x-inf asp text/x-asp psp text/x-psp pyrex text/x-pyrex application/pdf pdf application/rtf rtf
	application/msword doc dot vrml wrl model/vrml python-doctest pycon text/x-python-doctest nginx-conf
	text/x-nginx-conf rst rest restructuredtext text/x-rst pytb text/html+jinja`

// otherNames are names that Trac knows and the highlighter calls otherwise.
const otherNames = `CC=c++ C++=c++ C#=c# csrc=c chdr=c text/x-chdr=c c++src=c++ c++hdr=c++ text/x-c++src=c++
	text/x-c++hdr=c++ text/x-csrc=c text/x-csharp=c# PL=perl text/x-perl=perl pascal=delphi text/x-pascal=delphi
	mm=objective-c text/x-objc=objective-c text/x-awk=awk text/x-ksh=bash text/x-zsh=bash zsh=bash xs=c
	application/x-yaml=yaml application/xsl+xml=xml application/xslt+xml=xml Makefile=make GNUMakefile=make
	text/x-makefile=make vba=vb.net text/x-vba=vb.net application/x-dos-batch=bat dos=bat cmd=bat genshi=xml
	ini=ini apache=apacheconf`

// languages knows the names of the kinds of text: the highlighter's own names
// for them, their MIME types and the endings of their files.
var languages = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for _, l := range lexers.GlobalLexerRegistry.Lexers {
		c := l.Config()
		for _, list := range [][]string{c.Aliases, c.MimeTypes} {
			for _, name := range list {
				known[name] = c.Name
			}
		}
		for _, pattern := range c.Filenames {
			if ending, ok := strings.CutPrefix(pattern, "*."); ok && !strings.ContainsAny(ending, "*[]") && known[ending] == "" {
				known[path.Base(ending)] = c.Name
			}
		}
	}
	for pair := range strings.FieldsSeq(otherNames) {
		name, other, _ := strings.Cut(pair, "=")
		if lexer := lexers.Get(other); lexer != nil {
			known[name] = lexer.Config().Name
		}
	}
	for name := range strings.FieldsSeq(plainNames) {
		known[name] = ""
	}
	delete(known, "application/octet-stream") // no text at all
	return known
})

// isLanguage tells whether name is a kind of text.
func isLanguage(name string) bool {
	_, known := languages()[name]
	return known
}

// lexerFor returns the rules for a kind of text, or nil if it is shown plain.
func lexerFor(name string) chroma.Lexer {
	if other := languages()[name]; other != "" {
		return lexers.Get(other)
	}
	return nil
}
