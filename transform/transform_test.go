package transform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gradlab/internal/rng"
)

func testStream(step uint64) rng.Stream { return rng.New(1, "test", "", step) }

// every is one of each.
var every = List{
	RandomCrop{Padding: 4}, Flip{}, VerticalFlip{0.25}, Rotation{10}, Translation{0.1, 0.1},
	RandomResizedCrop{Scale: [2]float64{0.5, 1}}, ColourJitter{0.2, 0.2, 0.2, 0.05}, Cutout{8}, Resize{30, 26}, CentreCrop{24, 24},
}

func noise(seed uint64, h, w, c int) []byte {
	s := rng.New(seed, "noise", "", 0)
	b := make([]byte, h*w*c)
	for i := range b {
		b[i] = byte(s.Intn(256))
	}
	return b
}

func pipeline(t interface{ Fatal(...any) }, l List, h, w, c int) *Pipeline {
	p, err := NewPipeline(l, h, w, c, 1, "images/train")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The same bits on every machine: a change of this sum is a change of what networks are trained on.
func TestBits(t *testing.T) {
	h := sha256.New()
	for _, c := range []int{1, 3} {
		p := pipeline(t, every, 32, 32, c)
		src := noise(1, 32, 32, c)
		var s Scratch
		for i := range 200 {
			h.Write(p.Apply(src, i, uint64(i%3), &s))
		}
	}
	const want = "3715b43b376e4aea1eef17427535f895770bcf790a773c67f9b80aa28a98a43e"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("pictures have the sum %s, want %s", got, want)
	}
}

// What is made of an image depends on seed, set, number and epoch alone, and its source stays as it was.
func TestNoState(t *testing.T) {
	p := pipeline(t, every, 32, 32, 3)
	src := noise(2, 32, 32, 3)
	kept := slices.Clone(src)
	var used, fresh Scratch
	for i := range 20 {
		p.Apply(src, i, 7, &used)
	}
	first := slices.Clone(p.Apply(src, 5, 3, &used))
	if !bytes.Equal(first, p.Apply(src, 5, 3, &fresh)) {
		t.Error("what came before changes what comes after")
	}
	if bytes.Equal(first, p.Apply(src, 6, 3, &fresh)) || bytes.Equal(first, p.Apply(src, 5, 4, &fresh)) {
		t.Error("another image or epoch has the same draw")
	}
	for name, other := range map[string]func() (*Pipeline, error){
		"seed": func() (*Pipeline, error) { return NewPipeline(every, 32, 32, 3, 2, "images/train") },
		"set":  func() (*Pipeline, error) { return NewPipeline(every, 32, 32, 3, 1, "other/train") },
	} {
		p, err := other()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(first, p.Apply(src, 5, 3, &fresh)) {
			t.Errorf("another %s has the same draw", name)
		}
	}
	if !bytes.Equal(src, kept) {
		t.Error("the source was changed")
	}
}

// Arms that share a transform share its draws, whatever else they do.
func TestSharedDraws(t *testing.T) {
	alone := pipeline(t, List{Flip{}}, 32, 32, 3)
	beside := pipeline(t, List{VerticalFlip{}, Flip{}, Cutout{1}}, 32, 32, 3)
	src := noise(3, 32, 32, 3)
	var s, s2 Scratch
	flips, mirrored := 0, 0
	for i := range 100 {
		flipped := !bytes.Equal(alone.Apply(src, i, 0, &s), src)
		out := beside.Apply(src, i, 0, &s2)
		row := src[:32*3]
		if flipped {
			flips++
			row = make([]byte, 32*3)
			mirror(row, src[:32*3], 3)
		}
		if same(out[:32*3], row) || same(out[31*32*3:], row) {
			mirrored++
		}
	}
	if flips < 30 || flips > 70 || mirrored != 100 {
		t.Errorf("%d of 100 are flipped; beside others %d agree", flips, mirrored)
	}
}

// same tells whether two rows are equal but for the hole of a cutout.
func same(a, b []byte) bool {
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			differ++
		}
	}
	return differ <= 3
}

// Draws are distributed as they are described. The streams are fixed: a failure means that the code changed.
func TestDistributions(t *testing.T) {
	const n = 20_000
	chi := func(what string, cells []int, limit float64) {
		t.Helper()
		want, x := float64(n)/float64(len(cells)), 0.0
		for _, c := range cells {
			x += (float64(c) - want) * (float64(c) - want) / want
		}
		if x > limit { // beyond it with probability below 1e-6
			t.Errorf("%s: chi square %v over %d cells", what, x, len(cells))
		}
	}
	dot := make([]byte, 33*33) // a white pixel in the middle of black
	dot[16*33+16] = 255
	find := func(b []byte) (y, x int, found bool) {
		i := slices.Index(b, 255)
		return i / 33, i % 33, i >= 0
	}
	var s Scratch

	crop := pipeline(t, List{RandomCrop{Padding: 4}}, 33, 33, 1)
	move := pipeline(t, List{Translation{0.1, 0.2}}, 33, 33, 1)
	flips, turned := 0, 0
	crops, moves := make([]int, 81), make([]int, 7*15)
	flip, rare := pipeline(t, List{Flip{}}, 32, 32, 1), pipeline(t, List{VerticalFlip{0.1}}, 32, 32, 1)
	src := noise(1, 32, 32, 1)
	for i := range n {
		y, x, found := find(crop.Apply(dot, i, 0, &s))
		if !found || y < 12 || y > 20 || x < 12 || x > 20 {
			t.Fatalf("the crop moved the middle to %d, %d", y, x)
		}
		crops[(y-12)*9+x-12]++
		y, x, found = find(move.Apply(dot, i, 0, &s))
		if !found || y < 9 || y > 23 || x < 13 || x > 19 {
			t.Fatalf("the translation moved the middle to %d, %d", y, x)
		}
		moves[(y-9)*7+x-13]++
		if &flip.Apply(src, i, 0, &s)[0] != &src[0] {
			flips++
		}
		if &rare.Apply(src, i, 0, &s)[0] != &src[0] {
			turned++
		}
	}
	chi("random crop", crops, 155)
	chi("translation", moves, 187)
	for what, c := range map[string]struct {
		count int
		p     float64
	}{"flip": {flips, 0.5}, "vertical-flip": {turned, 0.1}} {
		if math.Abs(float64(c.count)-n*c.p) > 5*math.Sqrt(n*c.p*(1-c.p)) {
			t.Errorf("%s: %d of %d", what, c.count, n)
		}
	}

	angles, areas := make([]int, 20), make([]int, 10)
	ratios := make([]int, 2)
	for i := range n {
		stream := testStream(uint64(i))
		angles[int((uniform(&stream, -10, 10)+10))]++
		// Of 1000×1000 pixels with widths to heights near 1, no part is refused below 0.7 of the area.
		_, _, h, w := RandomResizedCrop{Scale: [2]float64{0.2, 0.7}}.window(1000, 1000, &stream)
		areas[min(int((float64(h*w)/1e6-0.2)/0.05), 9)]++
		if r := float64(w) / float64(h); r < 0.74 || r > 1.35 {
			t.Fatalf("a part of %d×%d", h, w)
		} else if r > 1 {
			ratios[1]++
		} else {
			ratios[0]++
		}
	}
	chi("angle", angles, 70)
	chi("area", areas, 50)
	chi("ratio above and below 1", ratios, 25)
}

// A share of a turn of the right size about the middle: a dot right of it goes up.
func TestRotationIsCounterClockwise(t *testing.T) {
	src := pixels{make([]byte, 33*33), 33, 33, 1}
	src.b[16*33+26] = 255
	dst := pixels{make([]byte, 33*33), 33, 33, 1}
	rotate(dst, src, 90)
	if dst.b[6*33+16] != 255 {
		t.Error("ten pixels right of the middle are not ten above it after a quarter")
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(1, 20).Draw(t, "h"), rapid.IntRange(1, 20).Draw(t, "w")
		c := rapid.SampledFrom([]int{1, 3}).Draw(t, "c")
		src := noise(rapid.Uint64().Draw(t, "noise"), h, w, c)
		l := rapid.SliceOfN(rapid.SampledFrom(append(every, Flip{1}, VerticalFlip{1}, RandomCrop{8, 8, 3}, Resize{9, 4}, RandomResizedCrop{Height: 6, Width: 5})), 1, 5).Draw(t, "list")
		toH, toW, err := List(l).Shape(h, w)
		p, err2 := NewPipeline(l, h, w, c, 1, "x")
		if (err == nil) != (err2 == nil) {
			t.Fatalf("Shape says %v, NewPipeline %v", err, err2)
		}
		if err != nil {
			return
		}
		var s Scratch
		if out := p.Apply(src, 0, 0, &s); len(out) != toH*toW*c || p.H != toH || p.W != toW {
			t.Fatalf("%d bytes, shape says %d×%d×%d", len(out), toH, toW, c)
		}
		held := 0
		for _, b := range s.buffers {
			held += cap(b)
		}
		if bound := List(l).ScratchBytes(h, w, c); int64(held) > bound {
			t.Fatalf("the scratch holds %d bytes, %d was the bound", held, bound)
		}
		// Evaluation makes the same size, and nothing by chance.
		eh, ew, err := List(l).Evaluation().Shape(h, w)
		if err != nil || eh != toH || ew != toW {
			t.Fatalf("evaluation makes %d×%d (%v), training %d×%d", eh, ew, err, toH, toW)
		}
		e := pipeline(t, List(l).Evaluation(), h, w, c)
		first := slices.Clone(e.Apply(src, 0, 0, &s))
		if !bytes.Equal(first, e.Apply(src, 1, 9, &s)) {
			t.Fatal("evaluation has chance")
		}
	})
}

// What undoes itself does; what changes nothing changes nothing.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(1, 12).Draw(t, "h"), rapid.IntRange(1, 12).Draw(t, "w")
		c := rapid.SampledFrom([]int{1, 3}).Draw(t, "c")
		src := noise(rapid.Uint64().Draw(t, "noise"), h, w, c)
		var s Scratch
		for _, l := range []List{{Flip{1}, Flip{1}}, {VerticalFlip{1}, VerticalFlip{1}}, {Resize{h, w}}, {CentreCrop{h, w}}} {
			if !bytes.Equal(pipeline(t, l, h, w, c).Apply(src, 3, 1, &s), src) {
				t.Fatalf("%v is not the picture", l)
			}
		}
		dst := pixels{make([]byte, len(src)), h, w, c}
		for what, do := range map[string]func(){
			"brightness": func() { blend(dst.b, 1<<16, 0) },
			"contrast":   func() { blend(dst.b, 1<<16, meanGrey(dst)) },
			"saturation": func() { saturate(dst.b, 1<<16) },
			"hue":        func() { shiftHue(dst.b, circle); shiftHue(dst.b, 0) },
			"rotation":   func() { rotate(dst, pixels{src, h, w, c}, 0) },
		} {
			copy(dst.b, src)
			if do(); what == "saturation" && c == 1 {
				continue
			}
			for i := range src {
				if d := int(dst.b[i]) - int(src[i]); d > 1 || d < -1 || what != "hue" && d != 0 {
					t.Fatalf("%s of nothing changes %d to %d", what, src[i], dst.b[i])
				}
			}
		}
		dst.b = noise(1, h, w, 3)
		before := slices.Clone(dst.b)
		shiftHue(dst.b, rapid.Int64Range(-circle/2, circle/2).Draw(t, "shift"))
		for i := 0; i+2 < len(before); i += 3 {
			if slices.Max(before[i:i+3]) != slices.Max(dst.b[i:i+3]) || slices.Min(before[i:i+3]) != slices.Min(dst.b[i:i+3]) {
				t.Fatalf("a hue changes the value of %v: %v", before[i:i+3], dst.b[i:i+3])
			}
		}
	})
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		t    Transform
		want string
	}{
		{RandomCrop{}, "it does nothing"},
		{RandomCrop{40, 40, 2}, "40×40 is larger than the picture with its padding, 36×36"},
		{RandomCrop{Padding: -1}, "a padding of -1"},
		{CentreCrop{33, 3}, "33×3 is larger than the picture, 32×32"},
		{CentreCrop{}, "there is no size"},
		{Resize{5000, 5}, "expected sides from 1 to 4096"},
		{Resize{}, "there is no size"},
		{RandomResizedCrop{Scale: [2]float64{0.5, 2}}, "a scale from 0.5 to 2"},
		{RandomResizedCrop{Ratio: [2]float64{2, 1}}, "a ratio from 2 to 1"},
		{Flip{2}, "a probability of 2"},
		{VerticalFlip{-1}, "a probability of -1"},
		{Rotation{}, "up to 0 degrees"},
		{Rotation{math.NaN()}, "degrees"},
		{Translation{0.001, 0}, "move a picture of 32×32 by no pixel"},
		{Translation{2, 0}, "expected from 0 to 1"},
		{ColourJitter{}, "it changes nothing"},
		{ColourJitter{Hue: 0.6}, "a hue of 0.6"},
		{ColourJitter{Contrast: math.Inf(1)}, "a change by +Inf"},
		{Cutout{}, "a square of 0 pixels"},
		{Cutout{100}, "always cover"},
	} {
		_, _, err := List{c.t}.Shape(32, 32)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.t.Name()+": ") {
			t.Errorf("%#v: got %v, want %q", c.t, err, c.want)
		}
	}
}

// What each costs on an image of CIFAR-10's size.
func BenchmarkTransform(b *testing.B) {
	src := noise(1, 32, 32, 3)
	for _, t := range every[:8] {
		b.Run(fmt.Sprint(t.Name()), func(b *testing.B) {
			p := pipeline(b, List{t}, 32, 32, 3)
			var s Scratch
			for i := 0; b.Loop(); i++ {
				p.Apply(src, i, 0, &s)
			}
		})
	}
}
