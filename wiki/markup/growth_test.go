package markup_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"tracrpc/wiki/markup"
)

// worst are texts that keep a backtracking reader busy. Each is repeated up to
// the largest page that Trac takes.
var worst = map[string]string{
	"brackets": "[[", "spaces": " ", "parents": "../", "links": "[a:", "words": "CamelCase", "letters": "a",
	"braces": "{{{ ", "angles": "<a:b ", "quotes": "'", "ticks": "`", "pipes": "|", "cells": "|| ", "mail": "a@b.",
	"tickets": "#1,", "revisions": "[1-", "hex": "[deadbeef", "anchors": "[=#a ", "citations": ">", "headings": "= S =\n",
	"lists": " * a\n", "stars": "**", "equals": "=", "definitions": " a:: b\n", "schemes": "a:", "free links": "['a",
	"commas": ",,", "escapes": "!", "rows": "|-", "hashes": "AaBb#a:", "prefixes": "[a.a+a-", "macros": "[[a(",
	"divs": "{{{#!div\n", "html": "{{{#!html\n<b\n", "nested html": "{{{\n#!html\n<b><i>\n}}}\n", "dashes": "-", "underscores": "a:b_",
}

// variants are what surrounds a worst text: other rules look at it then.
var variants = []struct {
	name, before, after string
	oneLine             bool
}{
	{"page", "", "", false}, {"one line", "", "x", true}, {"heading", "= a", "]]}}}>:: x", false}, {"indented", " ", " x", false},
}

// maxSteps is how many steps a byte may take. A text that is looked at again from
// each of its bytes takes thousands.
const maxSteps = 120

// TestSteps counts how often the bytes of a text are looked at. It must be
// proportional to the length of the text, and not many times.
func TestSteps(t *testing.T) {
	t.Parallel()
	const short, long = 4 << 10, 16 << 10
	for name, unit := range worst {
		for _, v := range variants {
			steps := func(size int) float64 {
				text := v.before + strings.Repeat(unit, size/len(unit)) + v.after
				return float64(markup.Steps(text, markup.Options{Macros: bare{}, OneLine: v.oneLine})) / float64(len(text))
			}
			a, b := steps(short), steps(long)
			if b > a*1.15 || b > maxSteps {
				t.Errorf("%s, %s: %.1f steps a byte of %d, %.1f of %d", name, v.name, a, short, b, long)
			}
		}
	}
}

// TestStepsOfMixtures looks for worse texts than those that somebody thought of:
// repeated mixtures of what can begin or end something.
func TestStepsOfMixtures(t *testing.T) {
	t.Parallel()
	const size = 8 << 10
	rng := rand.New(rand.NewPCG(1, 2))
	mix := func(most int) string {
		var b strings.Builder
		for range rng.IntN(most + 1) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	for n := range 200 {
		unit := "x" + mix(5)
		text := mix(2) + strings.Repeat(unit, size/len(unit)) + mix(2)
		steps := markup.Steps(text, markup.Options{Macros: bare{}, OneLine: n%5 == 0})
		if steps > maxSteps*len(text) {
			t.Errorf("%d bytes of %q in %.20q take %d steps", len(text), unit, text, steps)
		}
	}
}

// pieces are what rules look for.
var pieces = strings.Split("[,[[,],]],{{{,}}},`,','',\",<,>,a,A,Ab,AbCd,/,../,.,:,::,a:,#,#a,#1,@,r1,-,|,||,|-,=,||=,!, ,  ,\n, * ,1. ,> ,\t,"+
	"{,},\\,_,\u200b,é,É,a@b.c,deadbeef,[=#a ,[[=#a|,[[a(,&,^,~~,|---- ,a=b ,a=',{{{#!div\n,{{{#!td\n,\n}}}\n,{{{#!html\n,#!,www.,"+
	"http://,x|y,?,(,),+,[1:,[a:',<a:,\u2028,\n\n,\n  ,\n> ,\n||,\n= ", ",")

// TestAllocations does the same for the memory that the HTML takes to make.
func TestAllocations(t *testing.T) {
	const short, long = 2 << 10, 8 << 10
	for name, unit := range worst {
		allocations := func(size int) float64 {
			text := strings.Repeat(unit, size/len(unit))
			return testing.AllocsPerRun(1, func() { toHTML(t, text, markup.Options{}) })
		}
		if a, b := allocations(short), allocations(long); b > a*long/short*1.15+50 {
			t.Errorf("%s: %v allocations for %d bytes, %v for %d", name, a, short, b, long)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	doc := read(t, strings.Repeat("''a'' ", 1<<14), markup.Options{})
	cancel()
	for name, text := range map[string]string{"lines": strings.Repeat("a\n", 1<<16), "one line": strings.Repeat("[[a", 1<<16)} {
		if _, err := markup.Parse(ctx, text, markup.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Parse(%s) = %v, want %v", name, err, context.Canceled)
		}
	}
	if _, err := doc.HTML(ctx, bare{doc}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("HTML() = %v, want %v", err, context.Canceled)
	}
}
