package kernel

import (
	"runtime"
	"sync"
	"unsafe"
)

// A job is work that can be divided by its outputs, never by its sums, so that its bits do not
// depend on the number of threads.
type job[T Float] interface {
	part(w *worker[T], part, parts int)
}

// space is what an engine keeps for one element type: the workers, and the jobs, which live here so
// that starting one allocates nothing.
type space[T Float] struct {
	workers []worker[T]
	gemm    gemm[T]
	conv    conv[T]
	row     []T // a row of softmax whose gradient nobody wants
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
const worthDividing = 1 << 21

// divide runs j on the engine's threads; operations is its size.
func divide[T Float](e *Engine, j job[T], operations int) {
	s := spaceOf[T](e)
	if e.threads == 1 || operations < worthDividing {
		j.part(&s.workers[0], 0, 1)
		return
	}
	e.pool.run(e.threads, func(part int) { j.part(&s.workers[part], part, e.threads) })
}

// share is the part of n that falls to one of parts, in whole blocks.
func share(n, block, part, parts int) (from, to int) {
	blocks := (n + block - 1) / block
	return min(n, blocks*part/parts*block), min(n, blocks*(part+1)/parts*block)
}

// pool is goroutines that wait for work. They end when the engine is garbage.
type pool struct {
	work chan func()
	once sync.Once
}

func (p *pool) run(parts int, f func(part int)) {
	p.once.Do(func() {
		p.work = make(chan func())
		for range parts - 1 {
			go func(work <-chan func()) {
				for f := range work {
					f()
				}
			}(p.work)
		}
		runtime.AddCleanup(p, func(work chan func()) { close(work) }, p.work)
	})
	var wait sync.WaitGroup
	wait.Add(parts - 1)
	for i := 1; i < parts; i++ {
		p.work <- func() { defer wait.Done(); f(i) }
	}
	f(0)
	wait.Wait()
}
