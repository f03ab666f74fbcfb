package data

import (
	"fmt"
	"math"
	"slices"

	"gradlab/internal/rng"
)

// Holdout divides the numbers of s's images into those that are kept and those that are held out: of each class
// the given share of its images, rounded, but one at least, and none of a class with a single image. Which ones
// follows from the seed, the set's name and the class. Both lists ascend.
func (s *Set) Holdout(share float64, seed uint64) (kept, held []int, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, fmt.Errorf("failed to hold out images of %s: the share is %v, but must lie between 0 and 1", s.Name, share)
	}
	byClass := make([][]int, 1+math.MaxUint8)
	for i, label := range s.Labels {
		byClass[label] = append(byClass[label], i)
	}
	for label, images := range byClass {
		if len(images) == 0 {
			continue
		}
		stream := rng.New(seed, "validation", s.Name, uint64(label))
		stream.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		n := min(max(int(math.Round(share*float64(len(images)))), 1), len(images)-1)
		held = append(held, images[:n]...)
		kept = append(kept, images[n:]...)
	}
	if len(held) == 0 {
		return nil, nil, fmt.Errorf("failed to hold out images of %s: no class has two", s.Name)
	}
	slices.Sort(kept)
	slices.Sort(held)
	return kept, held, nil
}
