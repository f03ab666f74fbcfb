package data

import (
	"context"
	"slices"
	"testing"
)

// striped is a set of 200 images of one pixel, its number: label 0 has 100 of them, label 1 has 80, label 2 has 19,
// label 3 has one.
func striped() *Set {
	s := &Set{Name: "striped/train", Classes: []string{"a", "b", "c", "d"}, H: 1, W: 1, C: 1}
	for i := range 200 {
		s.Pixels = append(s.Pixels, byte(i))
		label := uint8(0)
		switch {
		case i == 199:
			label = 3
		case i%10 == 0 && i < 190:
			label = 2
		case i%2 == 1 && i < 160:
			label = 1
		}
		s.Labels = append(s.Labels, label)
	}
	return s
}

// TestHoldout: every image is on one side, each class has its share, and other seeds hold out others.
func TestHoldout(t *testing.T) {
	s := striped()
	totals, counts := make([]int, 4), make([]int, 4)
	kept, held, err := s.Holdout(0.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Labels {
		totals[l]++
	}
	for _, i := range held {
		counts[s.Labels[i]]++
	}
	if totals[1] != 80 || totals[2] != 19 || totals[3] != 1 {
		t.Fatalf("the classes have %v images", totals)
	}
	if want := []int{10, 8, 2, 0}; !slices.Equal(counts, want) {
		t.Errorf("of %v images %v are held out, want %v", totals, counts, want)
	}
	all := append(slices.Clone(kept), held...)
	slices.Sort(all)
	for i, k := range all {
		if i != k || len(all) != s.N() {
			t.Fatalf("the two sides are no division: %v and %v", kept, held)
		}
	}
	if !slices.IsSorted(kept) || !slices.IsSorted(held) {
		t.Error("the lists do not ascend")
	}
	_, again, _ := s.Holdout(0.1, 1)
	_, other, _ := s.Holdout(0.1, 2)
	if !slices.Equal(held, again) || slices.Equal(held, other) {
		t.Errorf("seed 1 holds out %v and %v, seed 2 %v", held, again, other)
	}
	for _, share := range []float64{0, 1, -1} {
		if _, _, err := s.Holdout(share, 1); err == nil {
			t.Errorf("a share of %v is no error", share)
		}
	}
	single := &Set{Name: "single", Classes: []string{"a"}, H: 1, W: 1, C: 1, Pixels: []byte{1}, Labels: []uint8{0}}
	if _, _, err := single.Holdout(0.5, 1); err == nil {
		t.Error("holding out the only image is no error")
	}
}

// TestLoaderOnly: a loader of some images hands out these, each once an epoch, shuffled or in order.
func TestLoaderOnly(t *testing.T) {
	s := striped()
	table, err := NewTable[float32]("unit", s)
	if err != nil {
		t.Fatal(err)
	}
	chosen := []int{3, 50, 51, 120, 199}
	for _, shuffle := range []bool{false, true} {
		l, err := NewLoader(s, table, 2, 7, shuffle)
		if err != nil {
			t.Fatal(err)
		}
		part := l.Only(chosen)
		if part.Batches() != 3 || l.Batches() != 100 {
			t.Errorf("%d batches of the part, %d of all", part.Batches(), l.Batches())
		}
		var orders [][]int
		for epoch := range 4 {
			var got []int
			for _, b := range part.Epoch(context.Background(), uint64(epoch), 0) {
				for i, x := range b.X {
					k := int(x*255 + 0.5)
					got = append(got, k)
					if b.Labels[i] != int32(s.Labels[k]) {
						t.Errorf("image %d has the label %d", k, b.Labels[i])
					}
				}
			}
			orders = append(orders, slices.Clone(got))
			slices.Sort(got)
			if !slices.Equal(got, chosen) {
				t.Errorf("shuffle %v, epoch %d: images %v, want %v", shuffle, epoch, got, chosen)
			}
		}
		same := slices.Equal(orders[0], orders[1]) && slices.Equal(orders[0], orders[2]) && slices.Equal(orders[0], orders[3])
		if same == shuffle {
			t.Errorf("shuffle %v: orders %v", shuffle, orders)
		}
	}
}
