package data

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"unsafe"

	"gradlab/internal/canon"
	"gradlab/internal/rng"
	"gradlab/transform"
)

// A Batch is a few images as a network takes them. Its slices are valid until the next one is
// asked for.
type Batch[T canon.Float] struct {
	N      int     // number of images; smaller than the batch size at the end of an epoch
	X      []T     // N × H × W × C, scaled
	Labels []int32 // N
}

// A Loader hands out a set's images in batches. It holds no state: batch b of epoch e is a
// function of the set, the batch size, the seed and (e, b), so training goes on anywhere.
type Loader[T canon.Float] struct {
	set     *Set
	table   *Table[T]
	batch   int
	seed    uint64
	shuffle bool
	chosen  []int               // images; nil is all of them
	change  *transform.Pipeline // nil changes nothing
	size    int                 // values of an image as it is handed out
}

// NewLoader makes a loader of batches of batch images of set, scaled by table. With shuffle, the
// order of epoch e is the permutation of the stream (seed, "shuffle", set.Name, e); without, it is
// the set's own.
func NewLoader[T canon.Float](set *Set, table *Table[T], batch int, seed uint64, shuffle bool) (*Loader[T], error) {
	if batch < 1 {
		return nil, fmt.Errorf("failed to load %s: batch size %d, expected at least 1", set.Name, batch)
	}
	if err := set.check(); err != nil {
		return nil, fmt.Errorf("failed to load: %w", err)
	}
	if len(table.values) != set.C {
		return nil, fmt.Errorf("failed to load %s: %d channels, its scaling has %d", set.Name, set.C, len(table.values))
	}
	return &Loader[T]{set: set, table: table, batch: batch, seed: seed, shuffle: shuffle, size: set.H * set.W * set.C}, nil
}

// Transformed is a loader like l whose images are changed by the list before they are scaled: what is drawn for
// an image follows from seed, set, image and epoch, in whatever batch it is (transform.NewPipeline).
func (l *Loader[T]) Transformed(list transform.List, seed uint64) (*Loader[T], error) {
	if len(list) == 0 {
		return l, nil
	}
	p, err := transform.NewPipeline(list, l.set.H, l.set.W, l.set.C, seed, l.set.Name)
	if err != nil {
		return nil, err
	}
	changed := *l
	changed.change, changed.size = p, p.H*p.W*l.set.C
	return &changed, nil
}

// Only is a loader like l for the images of its set whose numbers are chosen.
func (l *Loader[T]) Only(chosen []int) *Loader[T] {
	part := *l
	part.chosen = chosen
	return &part
}

// InBatches is a loader like l with another batch size, at least 1.
func (l *Loader[T]) InBatches(batch int) *Loader[T] {
	other := *l
	other.batch = max(batch, 1)
	return &other
}

// images is the number of images in an epoch.
func (l *Loader[T]) images() int {
	if l.chosen != nil {
		return len(l.chosen)
	}
	return l.set.N()
}

// Batches is the number of batches in an epoch; the last one may be short.
func (l *Loader[T]) Batches() int { return (l.images() + l.batch - 1) / l.batch }

const (
	ringSize    = 3  // chunks: one read, one ready, one being filled
	chunkImages = 64 // about: some hundred microseconds of scaling, and small enough for the cache
)

// LoaderBytes is the memory that one epoch of n images of size values each takes, in batches of batch.
func LoaderBytes[T canon.Float](n, size, batch int, shuffle bool) int64 {
	var zero T
	images := min(n, perChunk(batch)*batch)
	bytes := ringSize * int64(images) * (int64(unsafe.Sizeof(zero))*int64(size) + 4)
	if shuffle {
		bytes += 8 * int64(n) // the order
	}
	return bytes
}

// perChunk is the number of batches in a chunk.
func perChunk(batch int) int { return max(1, chunkImages/batch) }

// A chunk is several batches, made and handed over at once, so that a small batch does not pay for
// the hand-over.
type chunk[T canon.Float] struct {
	first, count int // batches
	images       int
	x            []T
	labels       []int32
}

// Epoch gives the batches of an epoch from batch first on, with their numbers:
//
//	for b, batch := range loader.Epoch(ctx, epoch, 0) { … }
//	if err := ctx.Err(); err != nil { … }
//
// A goroutine prepares the next batches meanwhile; it has ended when the loop has, by whatever
// way. The sequence ends early when ctx is done. Any number of epochs may be read at a time.
func (l *Loader[T]) Epoch(ctx context.Context, epoch uint64, first int) iter.Seq2[int, Batch[T]] {
	return func(yield func(int, Batch[T]) bool) {
		stop := make(chan struct{})
		free := make(chan *chunk[T], ringSize)
		ready := make(chan *chunk[T], ringSize)
		for range ringSize {
			free <- new(chunk[T])
		}
		go l.prepare(epoch, max(first, 0), free, ready, stop)
		defer func() {
			close(stop)
			for range ready { // until prepare has closed it
			}
		}()

		size := l.size
		for c := range ready {
			for i := range c.count {
				if ctx.Err() != nil {
					return
				}
				from := i * l.batch
				to := min(from+l.batch, c.images)
				b := Batch[T]{N: to - from, X: c.x[from*size : to*size], Labels: c.labels[from:to]}
				if !yield(c.first+i, b) {
					return
				}
			}
			free <- c
		}
	}
}

// prepare fills free chunks with the batches of an epoch from first on, until they or stop end.
func (l *Loader[T]) prepare(epoch uint64, first int, free <-chan *chunk[T], ready chan<- *chunk[T], stop <-chan struct{}) {
	defer close(ready)
	order := l.order(epoch)
	scratch := make([]transform.Scratch, l.workers())
	batches, perChunk := l.Batches(), perChunk(l.batch)
	for b := first; b < batches; b += perChunk {
		select {
		case <-stop:
			return
		case c := <-free:
			c.first, c.count = b, min(perChunk, batches-b)
			l.fill(c, order, epoch, scratch)
			ready <- c // has room for the whole ring
		}
	}
}

// workers is the number of goroutines that make a chunk. Scaling alone is too short to be divided.
func (l *Loader[T]) workers() int {
	if l.change == nil {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// fill transforms and scales the images of c's batches into c, a part of them with each scratch.
func (l *Loader[T]) fill(c *chunk[T], order []int, epoch uint64, scratch []transform.Scratch) {
	c.images = min(c.count*l.batch, l.images()-c.first*l.batch)
	if c.x == nil { // the first chunks are the largest
		c.x = make([]T, c.images*l.size)
		c.labels = make([]int32, c.images)
	}
	if len(scratch) == 1 {
		l.fillPart(c, order, epoch, 0, c.images, &scratch[0])
		return
	}
	var parts sync.WaitGroup
	for w := range scratch {
		parts.Go(func() { l.fillPart(c, order, epoch, c.images*w/len(scratch), c.images*(w+1)/len(scratch), &scratch[w]) })
	}
	parts.Wait()
}

// fillPart makes the images of c from one to below another.
func (l *Loader[T]) fillPart(c *chunk[T], order []int, epoch uint64, from, to int, scratch *transform.Scratch) {
	for i := from; i < to; i++ {
		k := c.first*l.batch + i
		if order != nil {
			k = order[k]
		}
		pixels := l.set.Image(k)
		if l.change != nil {
			pixels = l.change.Apply(pixels, k, epoch, scratch)
		}
		l.table.Scale(c.x[i*l.size:(i+1)*l.size], pixels)
		c.labels[i] = int32(l.set.Labels[k])
	}
}

// order is the order of an epoch's images, nil for the set's own.
func (l *Loader[T]) order(epoch uint64) []int {
	if !l.shuffle {
		return l.chosen
	}
	s := rng.New(l.seed, "shuffle", l.set.Name, epoch)
	order := s.Perm(l.images())
	if l.chosen != nil {
		for i, k := range order {
			order[i] = l.chosen[k]
		}
	}
	return order
}
