package markup

import "context"

// work counts the steps of reading or writing one text, and asks from time to time whether
// somebody still waits for the result.
type work struct {
	ctx   context.Context
	steps int
	asked int // at how many steps
	err   error
}

// stepsBetween is how many steps may be made before the context is asked.
const stepsBetween = 1 << 14

// step counts steps and tells whether to stop.
func (w *work) step(n int) (stop bool) {
	w.steps += n
	if w.steps-w.asked > stepsBetween && w.err == nil {
		w.asked = w.steps
		w.err = w.ctx.Err()
	}
	return w.err != nil
}
