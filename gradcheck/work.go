package gradcheck

import (
	"context"
	"math"
	"slices"
	"sync"

	"gradlab/internal/rng"
)

// task is a part of the work: some entries of a tensor, or a direction.
type task struct {
	target    int // number of the target
	entries   []int
	direction int // number of the direction, from 1; 0 for entries
}

// chunk is how many entries are one task.
const chunk = 2048

// entries checks the entries and the directions of all tensors, on all cores.
func (c *checker) entries(ctx context.Context, l *Look) error {
	o := c.options
	first := c.rigs[0]
	tasks := first.tasks(o)
	tallies := make([]tally, len(first.targets))
	orders := make([]float64, len(first.targets))
	queue := make(chan task)
	moved := make([]*Direction, len(first.targets)*o.directions())
	var mu sync.Mutex
	var workers sync.WaitGroup
	for _, r := range c.rigs {
		workers.Go(func() {
			for t := range queue {
				on := r.targets[t.target]
				if t.direction > 0 {
					d := r.direction(on, t.direction, o)
					moved[t.target*o.directions()+t.direction-1] = &d
					continue
				}
				for part := range slices.Chunk(t.entries, c.portion()) {
					if ctx.Err() != nil || o.late() {
						break
					}
					found, order := (*tally)(nil), 0.0
					if o.Mode == Plain {
						found = r.plain(on, part, o)
					} else {
						found, order = r.full(on, part, o)
					}
					mu.Lock()
					tallies[t.target].merge(found)
					if math.Abs(order-2) < math.Abs(orders[t.target]-2) {
						orders[t.target] = order
					}
					mu.Unlock()
				}
			}
		})
	}
	for _, t := range tasks {
		if ctx.Err() != nil || o.late() {
			break
		}
		queue <- t
	}
	close(queue)
	workers.Wait()
	for k, t := range first.targets {
		row := tallies[k].tensor(t)
		row.Order = orders[k]
		if o.Mode == Plain {
			row.plainVerdict(o)
		} else {
			row.fullVerdict(o)
		}
		if row.Worst != nil && o.Mode == Full && !o.Brief && !o.late() {
			row.Curve = first.curve(t, first.shown(t, &tallies[k]))
		}
		l.Decided = l.Decided.Plus(row.Decided)
		l.Tensors = append(l.Tensors, row)
	}
	for _, d := range moved {
		if d != nil { // else time was up
			l.Directions = append(l.Directions, *d)
		}
	}
	return ctx.Err()
}

// directions is how many random ones each tensor is moved along.
func (o *Options) directions() int {
	if o.Brief {
		return 1
	}
	return 2
}

// portion is how many entries are checked between two looks at the clock.
func (c *checker) portion() int {
	if c.options.Mode == Plain {
		return chunk / 4
	}
	return 8
}

// shown is the entry whose curve is drawn: the one that failed, or the one with the largest gradient.
func (r *rig) shown(t target, found *tally) int {
	if found.failed {
		return found.index
	}
	largest := 0
	for i, g := range t.grad {
		if math.Abs(g) > math.Abs(t.grad[largest]) {
			largest = i
		}
	}
	return largest
}

// budgetEntries is how many entries of each tensor come first where time may be up before all are checked.
const budgetEntries = 24

// tasks divides the work, so that whatever part of it is done when time is up is a sample of all tensors: directions
// first, then some entries of each, then a part of each in turn, of entries from all over it.
func (r *rig) tasks(o Options) []task {
	var tasks []task
	var parts [][]task
	for k, t := range r.targets {
		if o.Mode == Full {
			for d := range o.directions() {
				tasks = append(tasks, task{k, nil, d + 1})
			}
		}
		var all []task
		entries := o.sample(t)
		if o.Budget > 0 && len(entries) > budgetEntries {
			first := o.draw(t, budgetEntries)
			all = append(all, task{k, first, 0})
			entries = slices.DeleteFunc(entries, func(i int) bool { return slices.Contains(first, i) })
		}
		for part := range slices.Chunk(scattered(t, entries, o.Seed), chunk) {
			all = append(all, task{k, part, 0})
		}
		parts = append(parts, all)
	}
	for round := 0; ; round++ {
		before := len(tasks)
		for _, all := range parts {
			if round < len(all) {
				tasks = append(tasks, all[round])
			}
		}
		if len(tasks) == before && round > 0 {
			return tasks
		}
	}
}

// scattered orders entries by chance. Those of weights stay together by column, so that neighbours lie in different
// rows and many of them can be moved at once.
func scattered(t target, entries []int, seed uint64) []int {
	columns := len(t.data)
	if t.weight {
		columns /= t.shape[0]
	}
	s := rng.New(seed, "gradcheck order", t.name, 0)
	place := s.Perm(columns)
	slices.SortStableFunc(entries, func(a, b int) int { return place[a%columns] - place[b%columns] })
	return entries
}
