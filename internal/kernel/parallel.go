package kernel

import "unsafe"

// A job is work that can be divided by its outputs, never by its sums, so that its bits do not
// depend on the number of threads.
type job[T Float] interface {
	part(w *worker[T], part, parts int)
	record(r *recorder, w *worker[T], threads int)
}

// space is what an engine keeps for one element type: the workers, and the jobs, which live here so
// that starting one allocates nothing.
type space[T Float] struct {
	workers []worker[T]
	gemm    gemm[T]
	conv    conv[T]
	sgd     sgd[T]
	columns columnJob[T]
	layer   layerJob[T]
	row     []T    // a row of softmax whose gradient nobody wants
	kept    []T    // of dropout by channel
	turned  []T    // gradients of weights as [tap][filter]
	job     job[T] // the one that runs on the crew
}

func newSpace[T Float](isa ISA, threads int) *space[T] {
	s := &space[T]{workers: make([]worker[T], threads)}
	var zero T
	for i := range s.workers {
		s.workers[i].isa = isa
		if unsafe.Sizeof(zero) == 4 {
			s.workers[i].set = tileSets[isa]
		}
	}
	return s
}

func spaceOf[T Float](e *Engine) *space[T] {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return (*space[T])(unsafe.Pointer(e.f32))
	}
	return (*space[T])(unsafe.Pointer(e.f64))
}

// worthDividing is the number of operations below which starting a second thread costs more than it
// brings.
const worthDividing = 1 << 19

// divide runs j on the engine's threads; operations is its size.
func divide[T Float](e *Engine, j job[T], operations int) {
	s := spaceOf[T](e)
	threads := e.threads
	if operations < worthDividing {
		threads = 1
	}
	switch {
	case e.recorder != nil:
		j.record(e.recorder, &s.workers[0], threads)
		return
	case threads == 1:
		j.part(&s.workers[0], 0, 1)
		return
	}
	s.job = j
	e.crew.run(s)
	s.job = nil
}

func (s *space[T]) do(part, parts int) { s.job.part(&s.workers[part], part, parts) }

// Samples calls f for ranges from ≤ i < to of the samples first ≤ i < end, block of them at a time, on the
// engine's threads. What f calls on lane, an engine of one thread, depends on no other sample; operations
// is the size of it all.
func (e *Engine) Samples(first, end, block, operations int, f func(lane *Engine, from, to int)) {
	threads := e.threads
	if operations < worthDividing || end-first == 1 {
		threads = 1
	}
	switch {
	case e.recorder != nil:
		e.recorder.samples(e, first, end, block, threads, f)
		return
	case threads == 1:
		eachBlock(e, first, end, block, f)
		return
	}
	e.samples = samples{e.lanes, first, end - first, block, f}
	e.crew.run(&e.samples)
	e.samples.f = nil
}

// samples is a task by samples.
type samples struct {
	lanes           []*Engine
	first, n, block int
	f               func(lane *Engine, from, to int)
}

func (s *samples) do(part, parts int) {
	eachBlock(s.lanes[part], s.first+s.n*part/parts, s.first+s.n*(part+1)/parts, s.block, s.f)
}

func eachBlock(e *Engine, from, to, block int, f func(lane *Engine, from, to int)) {
	for ; from < to; from += block {
		f(e, from, min(from+block, to))
	}
}

// share is the part of n that falls to one of parts, in whole blocks.
func share(n, block, part, parts int) (from, to int) {
	blocks := (n + block - 1) / block
	return min(n, blocks*part/parts*block), min(n, blocks*(part+1)/parts*block)
}
