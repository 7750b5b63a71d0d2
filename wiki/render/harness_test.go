package render_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tracrpc/wiki/markup"
	"tracrpc/wiki/render"
)

// testMacros are macros like those that Trac's suite registers for its cases.
func testMacros() []render.Macro {
	answer := func(name string, give func(c *markup.Call) (string, error)) render.Macro {
		return render.Macro{
			Name:   name,
			Expand: func(_ context.Context, _ *render.Place, c *markup.Call) (string, error) { return give(c) },
		}
	}
	esc := func(s string) string { return string(markup.AppendEscaped(nil, s, true)) }
	list := []render.Macro{
		answer("HelloWorld", func(c *markup.Call) (string, error) { return "Hello World, args = " + c.Content, nil }),
		answer("DivHelloWorld", func(c *markup.Call) (string, error) {
			return "<div>Hello World, args = " + c.Content + "</div>", nil
		}),
		answer("TableHelloWorld", func(c *markup.Call) (string, error) {
			return "\n        <table><tr><th>Hello World</th><td>" + c.Content + "</td></tr></table>\n        ", nil
		}),
		answer("DivCode", func(c *markup.Call) (string, error) {
			return `<div class="code">Hello World, args = ` + c.Content + "</div>", nil
		}),
		answer("DivCodeElement", func(c *markup.Call) (string, error) {
			return `<div class="code">Hello World, args = ` + esc(c.Content) + "</div>", nil
		}),
		answer("DivCodeStream", func(c *markup.Call) (string, error) {
			return "<div>Hello World, args = " + c.Content + "</div>", nil
		}),
		answer("None", func(*markup.Call) (string, error) { return "", nil }),
		answer("ValueErrorWithUtf8", func(c *markup.Call) (string, error) { return "", errors.New(c.Content) }),
		answer("TracErrorWithUnicode", func(c *markup.Call) (string, error) { return "", errors.New(c.Content) }),
		answer("MacroErrorWithFragment", func(c *markup.Call) (string, error) {
			return "", &markup.MacroError{Message: "The content: <code>" + esc(c.Content) + "</code>"}
		}),
		answer("ProcessorErrorWithFragment", func(c *markup.Call) (string, error) {
			return "", &markup.ProcessorError{Message: "The content: <code>" + esc(c.Content) + "</code>"}
		}),
		answer("NoDescription", func(*markup.Call) (string, error) { return "", nil }),
		answer("NoDescriptionHidden", func(*markup.Call) (string, error) { return "", nil }),
		answer("ProviderMacro1", func(c *markup.Call) (string, error) { return "The macro is named " + c.Name, nil }),
		answer("ProviderMacro2", func(c *markup.Call) (string, error) { return "The macro is named " + c.Name, nil }),
		answer("WikiProcessorSample", sampleProcessor),
	}
	for i := range list {
		switch list[i].Name {
		case "NoDescriptionHidden", "ProviderMacro2":
			list[i].Hidden = true
		case "HelloWorld":
			list[i].Description = "A dummy macro used by the unit test."
		case "ProviderMacro1":
			list[i].Description = "ProviderMacro1 description"
		}
	}
	return list
}

func sampleProcessor(c *markup.Call) (string, error) {
	if !c.IsBlock {
		return "Called as a macro: " + c.Content, nil
	}
	args := slices.Clone(c.Args)
	slices.SortFunc(args, func(a, b markup.Arg) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	b.WriteString("Called as a processor with params: <dl>")
	for _, a := range args {
		b.WriteString("<dt>" + a.Name + "</dt><dd>" + a.Value + "</dd>")
	}
	b.WriteString("</dl>" + c.Content)
	return b.String(), nil
}
