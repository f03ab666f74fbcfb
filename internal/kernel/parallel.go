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
	sgd     sgd[T]
	row     []T // a row of softmax whose gradient nobody wants

	start sync.Once
	tasks chan task[T]
	wait  sync.WaitGroup // for the tasks of the job that runs
}

// task is one part of a job, for another thread than the caller's.
type task[T Float] struct {
	space *space[T]
	job   job[T]
	part  int
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
	s.start.Do(s.startThreads)
	s.wait.Add(e.threads - 1)
	for i := 1; i < e.threads; i++ {
		s.tasks <- task[T]{s, j, i}
	}
	j.part(&s.workers[0], 0, e.threads)
	s.wait.Wait()
}

// startThreads starts the goroutines that wait for tasks. They know the channel alone, and end when
// the engine is garbage.
func (s *space[T]) startThreads() {
	s.tasks = make(chan task[T])
	for range len(s.workers) - 1 {
		go work(s.tasks)
	}
	runtime.AddCleanup(s, func(tasks chan task[T]) { close(tasks) }, s.tasks)
}

func work[T Float](tasks <-chan task[T]) {
	for t := range tasks {
		t.job.part(&t.space.workers[t.part], t.part, len(t.space.workers))
		t.space.wait.Done()
	}
}

// share is the part of n that falls to one of parts, in whole blocks.
func share(n, block, part, parts int) (from, to int) {
	blocks := (n + block - 1) / block
	return min(n, blocks*part/parts*block), min(n, blocks*(part+1)/parts*block)
}
