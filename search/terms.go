package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terms takes a query apart into its words. A phrase in single or double quotes
// is one term, if it does not run over the end of a line; a quote that is never
// closed is a character like others (trac/search/web_ui.py, _get_search_terms).
func Terms(query string) []string {
	var terms []string
	word := 0 // where the word being read began
	for i := 0; i < len(query); {
		n, blank := quoted(query[i:]), 0
		if n == 0 {
			blank = blanks(query[i:])
		}
		if n == 0 && blank == 0 {
			_, size := utf8.DecodeRuneInString(query[i:])
			i += size
			continue
		}
		terms = appendWord(terms, query[word:i])
		if n > 0 {
			terms = append(terms, query[i+1:i+n-1])
		}
		i += n + blank
		word = i
	}
	return appendWord(terms, query[word:])
}

// appendWord appends what stands between quotes and blanks, if there is anything.
func appendWord(terms []string, word string) []string {
	switch word {
	case "":
		return terms
	case `"`, `'`: // a lone quote counts as both of a pair
		return append(terms, "")
	default:
		return append(terms, word)
	}
}

// quoted is the length of the phrase in quotes that text begins with, quotes
// included; 0 when it does not begin with one.
func quoted(text string) int {
	if text[0] != '"' && text[0] != '\'' {
		return 0
	}
	end := strings.IndexAny(text[1:], text[:1]+"\n")
	if end < 0 || text[1+end] == '\n' {
		return 0
	}
	return end + 2
}

// blanks is the length of the white space that text begins with. The separators
// of ASCII are white space to Python.
func blanks(text string) int {
	return len(text) - len(strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
	}))
}

// Contains tells whether text holds every term, without regard to case in any
// script.
func Contains(text string, terms []string) bool {
	folded := fold(text)
	for _, term := range terms {
		if !strings.Contains(folded, fold(term)) {
			return false
		}
	}
	return true
}

// fold writes a text so that texts which differ in case alone become one.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, text)
}
