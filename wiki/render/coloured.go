package render

import "sync"

// coloured remembers highlighted blocks of code: the same pages are rendered
// again and again, and nothing in a page takes as long. When it is full it
// begins anew.
type coloured struct {
	mu     sync.Mutex
	blocks map[string][]string
	size   int
}

// maxColoured bounds the text that is remembered.
const maxColoured = 4 << 20

func (c *coloured) get(key string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks[key]
}

func (c *coloured) put(key string, lines []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocks == nil || c.size+len(key) > maxColoured {
		c.blocks, c.size = map[string][]string{}, 0
	}
	c.blocks[key] = lines
	c.size += len(key)
}
