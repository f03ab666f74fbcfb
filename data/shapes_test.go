package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
)

// The same pixels on every machine: a change here is a change of every result on shapes.
func TestShapesGolden(t *testing.T) {
	d, err := Shapes(context.Background(), 40, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	const want = "sha256:0637bad8d4ad1116bcc08c5002b6d3b84f61c66d8bf961b310632e35c886fceb"
	if got := d.Digest(); got != want {
		t.Errorf("digest of 40 + 20 images is %s, want %s", got, want)
	}
}

// Image i does not depend on how many there are.
func TestShapesIndependent(t *testing.T) {
	few, err := Shapes(context.Background(), 23, 7, 3)
	if err != nil {
		t.Fatal(err)
	}
	many, err := Shapes(context.Background(), 105, 31, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ few, many *Set }{{few.Train, many.Train}, {few.Test, many.Test}} {
		for i := range v.few.N() {
			if !bytes.Equal(v.few.Image(i), v.many.Image(i)) || v.few.Labels[i] != v.many.Labels[i] {
				t.Errorf("%s: image %d depends on the number of images", v.few.Name, i)
			}
		}
	}
}

// No image comes twice: within a split, across splits, across seeds.
func TestShapesDiffer(t *testing.T) {
	seen := map[[32]byte]string{}
	for seed := range uint64(3) {
		d, err := Shapes(context.Background(), 200, 100, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Set{d.Train, d.Test} {
			if err := s.check(); err != nil {
				t.Fatal(err)
			}
			for i := range s.N() {
				what := fmt.Sprintf("seed %d, %s, image %d", seed, s.Name, i)
				sum := sha256.Sum256(s.Image(i))
				if other, ok := seen[sum]; ok {
					t.Errorf("%s is %s", what, other)
				}
				seen[sum] = what
			}
		}
	}
}

func TestShapesBalanced(t *testing.T) {
	d, err := Shapes(context.Background(), 200, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	first := map[uint8]bool{}
	for i := 0; i < 200; i += 10 {
		tens := map[uint8]bool{}
		for _, l := range d.Train.Labels[i : i+10] {
			tens[l] = true
		}
		if len(tens) != 10 {
			t.Errorf("images %d to %d have %d classes", i, i+9, len(tens))
		}
		first[d.Train.Labels[i]] = true
	}
	if len(first) < 5 {
		t.Errorf("every ten images begin with one of %d classes", len(first))
	}
}

// Outlines stay within what coverage looks at, and cover an area that a network can see; no two
// are alike.
func TestOutlines(t *testing.T) {
	const step = unit / 32
	for i, o := range outlines {
		area := 0
		for v := -2 * unit; v <= 2*unit; v += step {
			for u := -2 * unit; u <= 2*unit; u += step {
				if !o.inside(u, v) {
					continue
				}
				area++
				if !within(u, v, unit*5/4) {
					t.Fatalf("%s reaches beyond 1.25 radii at (%d, %d)", o.name, u, v)
				}
			}
		}
		if share := float64(area) * step * step / (4 * unit * unit); share < 0.2 || share > 0.7 {
			t.Errorf("%s covers %.2f of its frame", o.name, share)
		}
		for _, other := range outlines[:i] {
			differ := 0
			for v := -unit; v <= unit; v += step {
				for u := -unit; u <= unit; u += step {
					if o.inside(u, v) != other.inside(u, v) {
						differ++
					}
				}
			}
			if differ < 300 { // of 65×65
				t.Errorf("%s and %s differ at %d of 4225 points", o.name, other.name, differ)
			}
		}
	}
}

func TestShapesCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Spec{Source: "shapes"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open gave %v, want context.Canceled", err)
	}
}

func BenchmarkShapes(b *testing.B) {
	var dst [shapeSide * shapeSide * 3]byte
	for i := 0; i < b.N; i++ {
		drawShape(dst[:], 0, "bench", i, int(shapeLabel(0, "bench", i)))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
