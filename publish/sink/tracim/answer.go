package tracim

import "context"

// tell has a frame sent before any further event; false when he is not there, or
// too much waits for him already.
func (c *client) tell(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= mostWaiting || frame == nil {
		return false
	}
	c.waiting = append(c.waiting, frame)
	c.rouse()
	return true
}

// rouse has the goroutine look what there is to do. It may be called at any time.
func (c *client) rouse() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// answer sends the answers that wait; it tells whether there were any.
func (c *client) answer(ctx context.Context) (told bool, err error) {
	for {
		frame := c.next()
		if frame == nil {
			return told, nil
		}
		if err := c.send(ctx, frame); err != nil {
			return told, err
		}
		told = true
	}
}

func (c *client) next() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return nil
	}
	frame := c.waiting[0]
	c.waiting = c.waiting[1:]
	return frame
}

// busy tells whether there is something else to do than to send events.
func (c *client) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting) > 0 || c.standing.moved || c.standing.paused
}
