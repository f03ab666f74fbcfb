package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPlanes: pixels become planes and planes pixels, with every tail, and nothing beyond is written.
func TestPlanes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, isa := range Available() {
		w := &newSpace[float32](isa, 1).workers[0]
		for c := 1; c <= maxPlanes+1; c++ {
			for _, n := range []int{1, 7, 8, 15, 16, 17, 31, 32, 50, 100} {
				plane := n + r.IntN(5)
				pixels, room := values[float32](r, n*c, wild), values[float32](r, plane*c, ordinary)
				want := slices.Clone(room)
				for p := range n {
					for i := range c {
						want[i*plane+p] = pixels[p*c+i]
					}
				}
				name := fmt.Sprintf("%v %d channels %d pixels", isa, c, n)
				w.split(room, plane, pixels, c, n)
				sameBits(t, name+" split", room, want)
				back := append(make([]float32, n*c), 7)
				w.join(back, room, plane, c, n)
				sameBits(t, name+" joined", back, append(slices.Clone(pixels), 7))
			}
		}
	}
}
