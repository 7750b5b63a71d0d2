package markup

import "context"

// Steps is how many steps it takes to read a text.
func Steps(text string, o Options) int {
	d := &Document{shared: &shared{options: o}}
	steps, _ := d.read(context.Background(), text) // which never ends
	return steps
}
