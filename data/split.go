package data

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gradlab/internal/rng"
)

// defaultHoldout is the share of each class that becomes the test set.
const defaultHoldout = 0.2

// divide gives every sample of a, which has none, a split: of each class the given share, rounded, but one
// picture at least, is the test set. Which ones follows from the seed and from the paths below the class alone:
// a zip of a directory is split like the directory, and a picture more changes at most one place of another.
func (a *arrangement) divide(seed uint64, share float64) error {
	byClass := map[string][]*sample{}
	for i := range a.samples {
		s := &a.samples[i]
		byClass[s.class] = append(byClass[s.class], s)
	}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		samples := byClass[class]
		if len(samples) < 2 {
			return hint(fmt.Errorf("the class %s has one picture, which cannot be split", class), "add pictures of it, or remove it")
		}
		shuffled(samples, seed, "split")
		held := min(max(int(math.Round(share*float64(len(samples)))), 1), len(samples)-1)
		for i, s := range samples {
			if s.split = "train"; i < held {
				s.split = "test"
			}
		}
	}
	return nil
}

// shuffled sorts samples by a random number of each one's own.
func shuffled(samples []*sample, seed uint64, purpose string) {
	rank := make(map[*sample]uint64, len(samples))
	for _, s := range samples {
		r := rng.New(seed, purpose, s.key(), 0)
		rank[s] = r.Uint64()
	}
	slices.SortFunc(samples, func(x, y *sample) int {
		return cmp.Or(cmp.Compare(rank[x], rank[y]), strings.Compare(x.path, y.path))
	})
}

// key names a sample whatever lies around its class's directory: "cat/1.jpg".
func (s *sample) key() string {
	p, part := "/"+s.path, "/"+s.class+"/"
	if i := strings.LastIndex(p, part); i >= 0 {
		return p[i+1:]
	}
	return s.path
}

// ordered puts samples in an order of which every beginning has the classes in their proportions, and of each
// class pictures at random, so that the first n are a fair choice.
func ordered(samples []sample) []sample {
	byClass := map[string][]*sample{}
	for i := range samples {
		byClass[samples[i].class] = append(byClass[samples[i].class], &samples[i])
	}
	type placed struct {
		*sample
		place, of int
	}
	var all []placed
	for _, class := range byClass {
		shuffled(class, 0, "order")
		for i, s := range class {
			all = append(all, placed{s, i, len(class)})
		}
	}
	slices.SortFunc(all, func(x, y placed) int { // by (place + ½)/of
		return cmp.Or(cmp.Compare((2*x.place+1)*y.of, (2*y.place+1)*x.of), strings.Compare(x.class, y.class))
	})
	out := make([]sample, len(all))
	for i, p := range all {
		out[i] = *p.sample
	}
	return out
}

// sides gives the samples to train on and those to test on, in order, and splits them first where nobody has.
// What is tested on is test, or val where there is no test.
func (a *arrangement) sides(spec Spec) (train, test []sample, err error) {
	bySplit := func() map[string][]sample {
		m := map[string][]sample{}
		for _, s := range a.samples {
			m[s.split] = append(m[s.split], s)
		}
		return m
	}
	splits := bySplit()
	switch {
	case len(splits[""]) > 0:
		if err := a.divide(spec.Seed, cmp.Or(spec.Holdout, defaultHoldout)); err != nil {
			return nil, nil, err
		}
		splits = bySplit()
	case spec.Holdout != 0:
		return nil, nil, hint(errors.New("it is split already, and holdout is for pictures that gradlab splits"), "leave holdout out")
	case spec.Seed != 0:
		return nil, nil, hint(errors.New("seed is for sets that are drawn or split by gradlab, and this one is split already"), "leave seed out")
	}
	against := "test"
	switch val := len(splits["val"]); {
	case len(splits["test"]) == 0:
		against = "val"
	case val > 0:
		a.notes = append(a.notes, "there are a test and a validation set: the test set is what is tested on, and "+
			count(val, "validation picture is", "validation pictures are")+" not used")
	}
	for _, split := range []string{"train", against} {
		if len(splits[split]) == 0 {
			return nil, nil, hint(fmt.Errorf("no picture is in the split %s", split), layoutAdvice)
		}
	}
	return ordered(splits["train"]), ordered(splits[against]), nil
}
