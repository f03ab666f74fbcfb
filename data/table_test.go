package data

import (
	"math"
	"testing"
)

// testSet is n images of h×w×c with every byte different from its neighbours.
func testSet(n, h, w, c int) *Set {
	s := &Set{Name: "test", Classes: []string{"a", "b", "c"}, H: h, W: w, C: c}
	for i := range n * h * w * c {
		s.Pixels = append(s.Pixels, byte(i*37+i/256))
	}
	for i := range n {
		s.Labels = append(s.Labels, uint8(i%3))
	}
	return s
}

func TestTables(t *testing.T) {
	s := testSet(7, 4, 5, 3)
	// Moments the plain way: two passes in float64.
	var mean, deviation [3]float64
	n := float64(len(s.Pixels) / 3)
	for i, b := range s.Pixels {
		mean[i%3] += float64(b) / 255 / n
	}
	for i, b := range s.Pixels {
		d := float64(b)/255 - mean[i%3]
		deviation[i%3] += d * d / n
	}
	for c := range 3 {
		deviation[c] = math.Sqrt(deviation[c])
	}

	for _, v := range []struct {
		scaling string
		want    func(b byte, c int) float64
	}{
		{"", func(b byte, _ int) float64 { return float64(b) / 255 }},
		{"unit", func(b byte, _ int) float64 { return float64(b) / 255 }},
		{"symmetric", func(b byte, _ int) float64 { return float64(b)/127.5 - 1 }},
		{"standard", func(b byte, c int) float64 { return (float64(b)/255 - mean[c]) / deviation[c] }},
	} {
		t32, err := NewTable[float32](v.scaling, s)
		if err != nil {
			t.Fatal(err)
		}
		t64, err := NewTable[float64](v.scaling, s)
		if err != nil {
			t.Fatal(err)
		}
		x32, x64 := make([]float32, len(s.Pixels)), make([]float64, len(s.Pixels))
		t32.Scale(x32, s.Pixels)
		t64.Scale(x64, s.Pixels)
		for i, b := range s.Pixels {
			want := v.want(b, i%3)
			if math.Abs(x64[i]-want) > 1e-14 {
				t.Fatalf("%q: byte %d of channel %d is %v, want %v", v.scaling, b, i%3, x64[i], want)
			}
			if x32[i] != float32(x64[i]) {
				t.Fatalf("%q: byte %d is %v in float32, want %v", v.scaling, b, x32[i], float32(x64[i]))
			}
		}
	}
}

// The bounds of the ranges are met exactly.
func TestTableBounds(t *testing.T) {
	s := testSet(1, 1, 1, 1)
	for scaling, low := range map[string]float32{"unit": 0, "symmetric": -1} {
		table, err := NewTable[float32](scaling, s)
		if err != nil {
			t.Fatal(err)
		}
		var x [2]float32
		table.Scale(x[:], []byte{0, 255})
		if x != [2]float32{low, 1} {
			t.Errorf("%s scales 0 and 255 to %v", scaling, x)
		}
	}
}

func TestTableOtherChannels(t *testing.T) {
	for _, c := range []int{1, 2, 4} {
		s := testSet(2, 3, 3, c)
		table, err := NewTable[float64]("standard", s)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, len(s.Pixels))
		table.Scale(x, s.Pixels)
		sums, squares := make([]float64, c), make([]float64, c)
		for i, v := range x {
			sums[i%c] += v / 18
			squares[i%c] += v * v / 18
		}
		for k := range c {
			if math.Abs(sums[k]) > 1e-12 || math.Abs(squares[k]-1) > 1e-12 {
				t.Errorf("channel %d of %d: mean %v, mean square %v", k, c, sums[k], squares[k])
			}
		}
	}
}

// A channel without spread must not give NaN.
func TestTableConstantChannel(t *testing.T) {
	s := &Set{Name: "flat", Classes: []string{"a"}, H: 1, W: 2, C: 1, Pixels: []byte{9, 9}, Labels: []uint8{0}}
	table, err := NewTable[float32]("standard", s)
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{1, 1}
	if table.Scale(x, s.Pixels); x[0] != 0 || x[1] != 0 {
		t.Errorf("scaled to %v, want zeros", x)
	}
}

func TestTableErrors(t *testing.T) {
	if _, err := NewTable[float32]("zscore", testSet(1, 1, 1, 1)); err == nil {
		t.Error("an unknown scaling was taken")
	}
	s := testSet(2, 2, 2, 1)
	s.Pixels = s.Pixels[1:]
	if _, err := NewTable[float32]("unit", s); err == nil {
		t.Error("a set with a missing byte was taken")
	}
	s = testSet(2, 2, 2, 1)
	s.Labels[1] = 3
	if _, err := NewTable[float32]("unit", s); err == nil {
		t.Error("a label beyond the classes was taken")
	}
}

func BenchmarkScale(b *testing.B) {
	s := testSet(64, 32, 32, 3)
	table, err := NewTable[float32]("standard", s)
	if err != nil {
		b.Fatal(err)
	}
	x := make([]float32, len(s.Pixels))
	b.SetBytes(int64(len(x)))
	for b.Loop() {
		table.Scale(x, s.Pixels)
	}
}
