package markup

import "strings"

// creoleTarget reads =#name or =#name|label.
func creoleTarget(s string) (name, label string, ok bool) {
	if !strings.HasPrefix(s, "=#") {
		return "", "", false
	}
	end := skipID(s, 2)
	switch {
	case end == 2:
		return "", "", false
	case end == len(s):
		return s[2:], "", true
	case s[end] != '|' || strings.Contains(s[end:], "]"):
		return "", "", false
	}
	return s[2:end], s[skipSpace(s, end+1):], true
}

// creoleLink reads target|label, as WikiCreole writes links.
func creoleLink(s, source string) Link {
	l := Link{Form: Relative, Source: source}
	target, label, _ := strings.Cut(s, "|")
	if strings.IndexByte("/?#.", s[0]) >= 0 {
		end := creoleRelativeEnd(s)
		if rest := skipSpace(s, end); rest == len(s) || s[rest] == '|' {
			l.Target = s[:end]
			l.Label = strings.TrimPrefix(s[rest:], "|")
			return l
		}
	}
	l.Form = Long
	if colon := skip(s, 0, asciiScheme); class[s[0]]&asciiLetter != 0 && colon < len(s) && s[colon] == ':' {
		l.Scheme, s = s[:colon], s[colon+1:]
		target, label, _ = strings.Cut(s, "|")
	}
	if end := quotedTarget(s, 0); end > 0 {
		if rest := skipSpace(s, end); rest == len(s) || s[rest] == '|' {
			target, label = s[:end], strings.TrimPrefix(s[rest:], "|")
		}
	}
	l.Target, l.Label = Unquote(target), strings.TrimSuffix(label, "\n")
	return l
}

func creoleRelativeEnd(s string) int {
	i := 0
	for i < 2 && i < len(s) && s[i] == '.' {
		i++
	}
	if i < len(s) && strings.IndexByte("/?#", s[i]) >= 0 {
		if n := strings.IndexAny(s[i:], "|]"); n >= 0 {
			return i + n
		}
		return len(s)
	}
	return i
}

// quotedTarget returns the end of "text" or scheme:"text" at i, or 0.
func quotedTarget(s string, i int) int {
	if end := quoted(s, i); end > 0 {
		return end
	}
	if i >= len(s) || class[s[i]]&asciiLetter == 0 {
		return 0
	}
	end := skip(s, i, asciiScheme)
	if end >= len(s) || s[end] != ':' {
		return 0
	}
	return quoted(s, end+1)
}

// quoted returns the end of the quoted string at i, which is not empty, or 0.
func quoted(s string, i int) int {
	if i >= len(s) || s[i] != '\'' && s[i] != '"' {
		return 0
	}
	n := strings.IndexByte(s[i+1:], s[i])
	if n <= 0 {
		return 0
	}
	return i + n + 2
}
