//go:build unix

package render_test

import "strings"

// nastyTexts are worst texts that nobody measured with Trac: each construct
// repeated, left open, or nested.
func nastyTexts() map[string]func(size int) string {
	repeat := func(unit string) func(int) string {
		return func(size int) string { return strings.Repeat(unit, size/len(unit)) }
	}
	block := func(name, unit string) func(int) string {
		return func(size int) string { return "{{{#!" + name + "\n" + strings.Repeat(unit, size/len(unit)) + "\n}}}" }
	}
	texts := map[string]func(int) string{
		"one mail":       func(size int) string { return strings.Repeat("a.", size/2) + "@b.example" },
		"one address":    func(size int) string { return "http://a.example/" + strings.Repeat("a/b?", size/4) },
		"one definition": func(size int) string { return " " + strings.Repeat("a::", size/3) + " b" },
		"a long table in Markdown": func(size int) string {
			return "{{{#!markdown\n" + strings.Repeat("|a", size/2) + "\n|-|\n}}}"
		},
	}
	for name, unit := range map[string]string{
		"parentheses": "(", "escapes": "!", "escaped links": "![[!#1", "macros in macros": "[[a([[b(", "macros and brackets": "[[Image(a]])]",
		"links with labels": "[http://a.example/b c d] ", "links unclosed": "[wiki:A b ", "free links unclosed": `["a b' `,
		"addresses": "http://é.example/ü?a=b&c#d ", "mail": "a.b@c.example ", "anchors": "[=#a b]", "anchors with styles": "[=#a ''b]",
		"definitions": " a:: b\n", "lists of all kinds": " * a\n   1. b\n     a. c\n", "styles in cells": "||''a||'''b||\n",
		"cells over lines": "||a||\\\n", "rows with attributes": "|--- class=a\n||b||\n", "headings with anchors": "= a = #b\n",
		"tables in tables": "{{{#!table\n{{{#!td\na\n", "letters of other kinds": "日本語Ééû", "line ends": "\n", "tabs": "\ta\n",
		"all styles": "'''''a**b//c__d~~e,,f^g", "code unclosed": "`a {{{b ", "cells in blocks": "||a||\n{{{#!td\nb\n}}}\n",
		"citations of all depths": "> a\n>> b\n>>> c\n",
	} {
		texts[name] = repeat(unit)
	}
	for name, unit := range map[string]string{
		"values": "a,\"b\n", "quotes in Markdown": ">", "brackets in Markdown": "[", "stars in Markdown": "*a_", "ticks in Markdown": "`a``",
		"links in Markdown": "[a](", "lists in Markdown": "* a\n  ", "references in Markdown": "[a]: b\n", "HTML in Markdown": "<a><!--",
		"deep lists in Markdown": "* ", "images in Markdown": "![[]()", "struck in Markdown": "~~a~",
	} {
		processor := "markdown"
		if name == "values" {
			processor = "csv"
		}
		texts[name] = block(processor, unit)
	}
	return texts
}
