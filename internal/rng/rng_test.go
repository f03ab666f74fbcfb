package rng

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
)

// The known answers that Random123 publishes for philox4x32-10 (its tests/kat_vectors).
func TestPhiloxKnownAnswers(t *testing.T) {
	const m = 0xffffffff
	for _, v := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{m, m, m, m}, [2]uint32{m, m}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(v.counter, v.key); got != v.want {
			t.Errorf("Philox(%08x, %08x) = %08x, want %08x", v.counter, v.key, got, v.want)
		}
	}
}

// Streams against an independent implementation, testdata/streams.py.
func TestStreams(t *testing.T) {
	text, err := os.ReadFile("testdata/streams.json")
	if err != nil {
		t.Fatal(err)
	}
	var streams []struct {
		Seed          uint64
		Purpose, Name string
		Step          uint64
		Uint32        []uint32
		Perm          []int
		Float64       []string
		Normal        []float64
	}
	if err := json.Unmarshal(text, &streams); err != nil {
		t.Fatal(err)
	}
	for _, v := range streams {
		s := New(v.Seed, v.Purpose, v.Name, v.Step)
		for i, want := range v.Uint32 {
			if got := s.Uint32(); got != want {
				t.Errorf("%q word %d = %d, want %d", v.Name, i, got, want)
			}
		}
		s = New(v.Seed, v.Purpose, v.Name, v.Step)
		for i, text := range v.Float64 {
			want, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Float64(); got != want {
				t.Errorf("%q float %d = %x, want %s", v.Name, i, got, text)
			}
		}
		s = New(v.Seed, v.Purpose, v.Name, v.Step)
		if got := s.Perm(len(v.Perm)); !slices.Equal(got, v.Perm) {
			t.Errorf("%q perm = %d, want %d", v.Name, got, v.Perm)
		}
		s = New(v.Seed, v.Purpose, v.Name, v.Step)
		for i, want := range v.Normal {
			if got := s.Normal(); math.Abs(got-want) > 1e-14*max(1, math.Abs(want)) {
				t.Errorf("%q normal %d = %v, want %v", v.Name, i, got, want)
			}
		}
	}
}

// Every part of the name counts, and purpose and name do not run into each other.
func TestNamesDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for what, s := range map[string]Stream{
		"base":    New(1, "ab", "c", 0),
		"seed":    New(2, "ab", "c", 0),
		"purpose": New(1, "aB", "c", 0),
		"name":    New(1, "ab", "d", 0),
		"step":    New(1, "ab", "c", 1),
		"high":    New(1, "ab", "c", 1<<32),
		"border":  New(1, "a", "bc", 0),
	} {
		w := s.Uint64()
		if other, ok := seen[w]; ok {
			t.Errorf("%s and %s start alike", what, other)
		}
		seen[w] = what
	}
}

func TestCopyGoesOnAlone(t *testing.T) {
	a := New(3, "p", "n", 0)
	a.Uint32()
	b := a
	x := []uint32{a.Uint32(), a.Uint32(), a.Uint32(), a.Uint32(), a.Uint32()}
	y := []uint32{b.Uint32(), b.Uint32(), b.Uint32(), b.Uint32(), b.Uint32()}
	if !slices.Equal(x, y) {
		t.Errorf("a copy gave %v, the original %v", y, x)
	}
}

// Bounds below hold for a correct generator except with probability below 1e-6; the streams are
// fixed, so a failure means that the code changed.
func TestUniformMoments(t *testing.T) {
	const n = 200_000
	s := New(7, "test", "uniform", 0)
	var sum, squares float64
	var cells [100]int
	for range n {
		x := s.Float64()
		if x < 0 || x >= 1 {
			t.Fatalf("Float64 gave %v", x)
		}
		sum += x
		squares += x * x
		cells[int(x*100)]++
	}
	if m := sum / n; math.Abs(m-0.5) > 5*math.Sqrt(1.0/12/n) {
		t.Errorf("mean %v", m)
	}
	if m := squares / n; math.Abs(m-1.0/3) > 5*math.Sqrt(4.0/45/n) {
		t.Errorf("mean square %v", m)
	}
	if x := chiSquare(cells[:], n); x > 175 { // 99 degrees of freedom
		t.Errorf("chi square %v", x)
	}
}

func TestNormalMoments(t *testing.T) {
	const n = 200_000
	s := New(7, "test", "normal", 0)
	var m1, m2, m3, m4 float64
	beyond2 := 0
	for range n {
		x := s.Normal()
		m1 += x / n
		m2 += x * x / n
		m3 += x * x * x / n
		m4 += x * x * x * x / n
		if math.Abs(x) > 2 {
			beyond2++
		}
	}
	for _, v := range []struct {
		what                string
		got, want, variance float64
	}{
		{"mean", m1, 0, 1},
		{"variance", m2, 1, 2},
		{"third moment", m3, 0, 15},
		{"fourth moment", m4, 3, 96},
		{"share beyond 2", float64(beyond2) / n, 0.0455003, 0.0434},
	} {
		if math.Abs(v.got-v.want) > 5*math.Sqrt(v.variance/n) {
			t.Errorf("%s = %v, want %v", v.what, v.got, v.want)
		}
	}
}

func TestIntn(t *testing.T) {
	const n = 140_000
	s := New(7, "test", "intn", 0)
	var cells [7]int
	for range n {
		cells[s.Intn(7)]++
	}
	if x := chiSquare(cells[:], n); x > 41 { // 6 degrees of freedom
		t.Errorf("chi square %v of %v", x, cells)
	}
	// 2⁶⁴ is no multiple of 3·2⁶¹: a quarter of all draws is rejected. Without that the
	// remainders 0, 1, 2 by three would come 3 : 3 : 2.
	var remainders [3]int
	for range n {
		k := s.below(3 << 61)
		if k >= 3<<61 {
			t.Fatalf("below(3<<61) = %d", k)
		}
		remainders[k%3]++
	}
	if x := chiSquare(remainders[:], n); x > 31 { // 2 degrees of freedom
		t.Errorf("remainders of below(3<<61) by three: %v", remainders)
	}
	for _, k := range []int{1, 0, -5} {
		if got := s.Intn(k); got != 0 {
			t.Errorf("Intn(%d) = %d, want 0", k, got)
		}
	}
}

func TestPerm(t *testing.T) {
	s := New(7, "test", "perm", 0)
	counts := map[[4]int]int{}
	const n = 24_000
	for range n {
		counts[[4]int(s.Perm(4))]++
	}
	if len(counts) != 24 {
		t.Fatalf("%d of 24 orders appeared", len(counts))
	}
	var cells []int
	for _, c := range counts {
		cells = append(cells, c)
	}
	if x := chiSquare(cells, n); x > 70 { // 23 degrees of freedom
		t.Errorf("chi square of orders %v", x)
	}
	p := s.Perm(1000)
	slices.Sort(p)
	for i, x := range p {
		if i != x {
			t.Fatalf("Perm(1000) is no permutation at %d", i)
		}
	}
	for _, k := range []int{0, -1} {
		if p := s.Perm(k); len(p) != 0 {
			t.Errorf("Perm(%d) = %v", k, p)
		}
	}
}

// chiSquare is Pearson's statistic of n draws over equally likely cells.
func chiSquare(cells []int, n int) float64 {
	want := float64(n) / float64(len(cells))
	x := 0.0
	for _, c := range cells {
		x += (float64(c) - want) * (float64(c) - want) / want
	}
	return x
}

func BenchmarkUint32(b *testing.B) {
	s := New(1, "bench", "", 0)
	for b.Loop() {
		s.Uint32()
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		s := New(1, "bench", "layer.weight", 3)
		s.Uint32()
	}
}
