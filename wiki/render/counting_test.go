package render_test

import (
	"context"

	"tracrpc/wiki/render"
)

// counting counts the questions that a renderer asks.
type counting struct {
	*world
	pages, briefs int
}

func (c *counting) Existing(ctx context.Context, names []string) (map[string]bool, error) {
	c.pages++
	return c.world.Existing(ctx, names)
}

func (c *counting) Briefs(ctx context.Context, ids []int) (map[int]render.Brief, error) {
	c.briefs++
	return c.world.Briefs(ctx, ids)
}
