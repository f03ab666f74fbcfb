package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A task is done in parts, one for each thread of a crew.
type task interface{ do(part, parts int) }

// crew is the threads of an engine: the caller's, and goroutines that wait for work. Kernels follow
// one another within microseconds, so a goroutine first waits in a loop; after patience rounds it
// goes to sleep, so that an engine that has nothing to do takes no time from others.
type crew struct {
	size  int
	start sync.Once
	round atomic.Uint32 // counts tasks
	task  task
	left  atomic.Int32 // parts that are not done
	hands []*hand
	over  atomic.Bool
}

// hand is one goroutine of a crew.
type hand struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// patience is the number of rounds of waiting, of about a microsecond each, before a goroutine sleeps.
const patience = 100

func newCrew(size int) *crew {
	c := &crew{size: size}
	for range size - 1 {
		c.hands = append(c.hands, &hand{wake: make(chan struct{}, 1)})
	}
	return c
}

// run does t and returns when all of it is done.
func (c *crew) run(t task) {
	c.start.Do(func() {
		for i, h := range c.hands {
			go c.work(h, i+1)
		}
	})
	c.task = t
	c.left.Store(int32(c.size - 1))
	c.round.Add(1)
	c.rouse()
	t.do(0, c.size)
	for c.left.Load() != 0 {
		wait()
	}
	c.task = nil
}

// rouse wakes who is asleep.
func (c *crew) rouse() {
	for _, h := range c.hands {
		if h.asleep.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

// wait passes about a microsecond and lets other goroutines run.
func wait() {
	pause()
	runtime.Gosched()
}

func (c *crew) work(h *hand, part int) {
	seen := uint32(0)
	for {
		for tries := 0; c.round.Load() == seen; tries++ {
			if c.over.Load() {
				return
			}
			if tries < patience {
				wait()
				continue
			}
			h.asleep.Store(true)
			if (c.round.Load() != seen || c.over.Load()) && h.asleep.CompareAndSwap(true, false) {
				continue // work came meanwhile, and whoever brought it did not see the sleeper
			}
			<-h.wake
		}
		seen++
		c.task.do(part, c.size)
		c.left.Add(-1)
	}
}

// dismiss ends the goroutines, when no task runs.
func (c *crew) dismiss() {
	c.over.Store(true)
	c.rouse()
}
