package data

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"gradlab/internal/canon"
)

// Scalings lists the names of the input scalings. With byte b,
//
//	unit       b/255, in [0, 1]
//	symmetric  (b/255 − 0.5)/0.5, in [−1, 1]
//	standard   (b/255 − mean)/deviation, both per channel over the images trained on
//	cifar10, imagenet, mnist   the same with the mean and deviation of that training set
//
// A scaling "given" carries its own mean and deviation.
var Scalings = []string{"unit", "symmetric", "standard", "cifar10", "imagenet", "mnist"}

// published are means and deviations of b/255 of known training sets: CIFAR-10's, rounded to four digits,
// ImageNet's of torchvision's models, MNIST's of PyTorch's examples.
var published = map[string]Scaling{
	"cifar10":  {Mean: [3]float64{0.4914, 0.4822, 0.4465}, Deviation: [3]float64{0.2470, 0.2435, 0.2616}},
	"imagenet": {Mean: [3]float64{0.485, 0.456, 0.406}, Deviation: [3]float64{0.229, 0.224, 0.225}},
	"mnist":    {Mean: [3]float64{0.1307}, Deviation: [3]float64{0.3081}},
}

// A Scaling makes numbers of bytes.
type Scaling struct {
	Name            string     // one of Scalings, or "given"; "" is "unit"
	Mean, Deviation [3]float64 // per channel, of "given"; where only the first is set, it is that of all
}

// A Table scales bytes to numbers: one value per channel and byte.
type Table[T canon.Float] struct {
	Mean, Deviation []float64 // per channel, of b/255: what was subtracted and divided by
	values          [][256]T  // per channel
}

// NewTable is NewTableOf of a scaling by its name, over all of train.
func NewTable[T canon.Float](scaling string, train *Set) (*Table[T], error) {
	return NewTableOf[T](Scaling{Name: scaling}, train, nil)
}

// NewTableOf makes the table of a scaling. "standard" measures the images of train whose numbers are in only (nil is
// all of them); the others use its number of channels only. Values are computed in float64 and rounded once to T.
func NewTableOf[T canon.Float](scaling Scaling, train *Set, only []int) (*Table[T], error) {
	if err := train.check(); err != nil {
		return nil, fmt.Errorf("failed to scale inputs: %w", err)
	}
	t := &Table[T]{
		Mean:      make([]float64, train.C),
		Deviation: make([]float64, train.C),
		values:    make([][256]T, train.C),
	}
	for c := range train.C {
		switch scaling.Name {
		case "", "unit":
			t.Mean[c], t.Deviation[c] = 0, 1
		case "symmetric":
			t.Mean[c], t.Deviation[c] = 0.5, 0.5
		case "standard":
			t.Mean[c], t.Deviation[c] = channelMoments(train, c, only)
		default:
			s, known := published[scaling.Name]
			if scaling.Name == "given" {
				s, known = scaling, true
			}
			if !known {
				return nil, fmt.Errorf("unknown input scaling %q: expected %s", scaling.Name, strings.Join(Scalings, ", "))
			}
			var err error
			if t.Mean[c], t.Deviation[c], err = s.channel(c, train.C); err != nil {
				return nil, fmt.Errorf("failed to scale inputs by %s: %w", scaling.Name, err)
			}
		}
		for b := range 256 {
			t.values[c][b] = T((float64(b)/255 - t.Mean[c]) / t.Deviation[c])
		}
	}
	return t, nil
}

// channel gives the mean and deviation of channel c of images with the given number of channels.
func (s Scaling) channel(c, channels int) (mean, deviation float64, err error) {
	one := s.Deviation[1] == 0 && s.Deviation[2] == 0
	if c >= len(s.Deviation) || !one && channels < len(s.Deviation) {
		return 0, 0, fmt.Errorf("images have %d channels, and it has a mean and a deviation for each of three", channels)
	}
	if one {
		c = 0
	}
	if !(s.Deviation[c] > 0) {
		return 0, 0, fmt.Errorf("a deviation of %v: expected above 0", s.Deviation[c])
	}
	return s.Mean[c], s.Deviation[c], nil
}

// channelMoments gives mean and standard deviation (divisor n) of b/255 over channel c of the images whose numbers
// are in only (nil is all). The sums are integers, so their order does not matter and nothing is lost. A channel
// without spread has deviation 1: scaling then gives zeros.
func channelMoments(s *Set, c int, only []int) (mean, deviation float64) {
	var n, sum, squares uint64
	add := func(pixels []byte) {
		for i := c; i < len(pixels); i += s.C {
			b := uint64(pixels[i])
			n++
			sum += b
			squares += b * b
		}
	}
	if only == nil {
		add(s.Pixels)
	}
	for _, i := range only {
		add(s.Image(i))
	}
	if n == 0 {
		return 0, 1
	}
	// n²·variance = n·Σb² − (Σb)², in 128 bits.
	hi, lo := bits.Mul64(n, squares)
	hi2, lo2 := bits.Mul64(sum, sum)
	lo, borrow := bits.Sub64(lo, lo2, 0)
	hi, _ = bits.Sub64(hi, hi2, borrow)
	spread := math.Sqrt(float64(float64(hi)*0x1p64) + float64(lo))
	if spread == 0 {
		return float64(sum) / float64(n) / 255, 1
	}
	return float64(sum) / float64(n) / 255, spread / float64(n) / 255
}

// Scale writes the values of src's bytes, channels last, to dst, which is as long as src.
func (t *Table[T]) Scale(dst []T, src []byte) {
	dst = dst[:len(src)]
	if len(t.values) == 3 { // the usual case, without an inner loop
		red, green, blue := &t.values[0], &t.values[1], &t.values[2]
		for i := 0; i+2 < len(src); i += 3 {
			dst[i], dst[i+1], dst[i+2] = red[src[i]], green[src[i+1]], blue[src[i+2]]
		}
		return
	}
	for i := 0; i < len(src); i += len(t.values) {
		for c := range t.values {
			dst[i+c] = t.values[c][src[i+c]]
		}
	}
}
