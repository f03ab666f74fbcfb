package nn

import (
	"fmt"
	"strings"
)

// Shape is the shape of one sample: [height, width, channels] of an image or [features] of a
// vector.
type Shape []int

// Size is the number of values.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// values is Size as a real number, which cannot overflow.
func (s Shape) values() float64 {
	n := 1.0
	for _, d := range s {
		n *= float64(d)
	}
	return n
}

func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

func (s Shape) isImage() bool { return len(s) == 3 }

// MaxDimension bounds every size in a model, so that products of two of them do not overflow.
const MaxDimension = 1 << 20

func (p Pair) or(q Pair) Pair {
	if p == (Pair{}) {
		return q
	}
	return p
}

// slide gives the size of what a window leaves of in, as PyTorch's floor mode does.
func slide(in Shape, kernel, stride, padding Pair) (Pair, error) {
	for _, d := range []struct {
		name string
		p    Pair
		min  int
	}{{"kernel", kernel, 1}, {"stride", stride, 1}, {"padding", padding, 0}} {
		if d.p.H < d.min || d.p.W < d.min || d.p.H > MaxDimension || d.p.W > MaxDimension {
			return Pair{}, fmt.Errorf("%s is %d×%d, but must be at least %d", d.name, d.p.H, d.p.W, d.min)
		}
	}
	h, w := in[0]+2*padding.H-kernel.H, in[1]+2*padding.W-kernel.W
	if h < 0 || w < 0 {
		return Pair{}, fmt.Errorf("the kernel %d×%d is larger than its input %v", kernel.H, kernel.W, in)
	}
	return Pair{h/stride.H + 1, w/stride.W + 1}, nil
}
