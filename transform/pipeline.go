package transform

import (
	"fmt"

	"gradlab/internal/rng"
)

// A Pipeline is a list at work on the pictures of a set. It holds no state: any number of goroutines may use it,
// each with a Scratch of its own.
type Pipeline struct {
	H, W    int // of what it makes
	in      [3]int
	list    List
	shapes  [][2]int     // after each transform
	streams []rng.Stream // of each transform
}

// NewPipeline makes the pipeline of l for pictures of h×w×c of the set called name. What the transform T does
// to image i in epoch e is drawn from the stream (seed, "transform T", name, e·2³² + i), so that arms which
// share a transform share its draws; the second of the same name draws from "transform T 2".
func NewPipeline(l List, h, w, c int, seed uint64, name string) (*Pipeline, error) {
	p := &Pipeline{in: [3]int{h, w, c}, list: l}
	seen := map[string]int{}
	for _, t := range l {
		var err error
		if h, w, err = t.shape(h, w); err != nil {
			return nil, fmt.Errorf("failed to transform %s: %s: %w", name, t.Name(), err)
		}
		p.shapes = append(p.shapes, [2]int{h, w})
		purpose := "transform " + t.Name()
		if seen[t.Name()]++; seen[t.Name()] > 1 {
			purpose += fmt.Sprint(" ", seen[t.Name()])
		}
		p.streams = append(p.streams, rng.New(seed, purpose, name, 0))
	}
	p.H, p.W = h, w
	return p, nil
}

// A Scratch is what a picture lies in on its way through a pipeline.
type Scratch struct{ buffers [2][]byte }

// ScratchBytes bounds the memory of one Scratch for pictures of h×w×c, and of what resizing them takes for a
// while.
func (l List) ScratchBytes(h, w, c int) int64 {
	most, before := h*w, h*w
	var resizing int64
	for _, t := range l {
		oldH := h
		var err error
		if h, w, err = t.shape(h, w); err != nil {
			return 0
		}
		most = max(most, h*w)
		if h*w != before {
			resizing = max(resizing, int64(max(oldH, h)*w*c+64*(h+w)))
		}
		before = h * w
	}
	return int64(2*most*c) + 2*resizing
}

// Apply gives what the pipeline makes of src, which is image number i of its set, in an epoch. The result is
// src itself, or lies in s until s is used again. src is not changed.
func (p *Pipeline) Apply(src []byte, i int, epoch uint64, s *Scratch) []byte {
	at := pixels{src, p.in[0], p.in[1], p.in[2]}
	turn := 0
	for k, t := range p.list {
		size := p.shapes[k][0] * p.shapes[k][1] * at.c
		if cap(s.buffers[turn]) < size {
			s.buffers[turn] = make([]byte, size)
		}
		to := pixels{s.buffers[turn][:size], p.shapes[k][0], p.shapes[k][1], at.c}
		stream := p.streams[k].At(epoch<<32 | uint64(uint32(i)))
		if t.apply(to, at, &stream) {
			at, turn = to, 1-turn
		}
	}
	return at.b
}
