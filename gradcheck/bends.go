package gradcheck

import (
	"slices"

	"gradlab/nn"
)

// bends remembers which side of its bends a network is on: the sign of what goes into each ReLU and its kin, and
// the winners of max pooling. (ELU's slope does not jump at 0, but its change does, and Richardson's extrapolation
// needs that too.)
type bends struct {
	net     network[float64]
	n       int
	at      []int // positions, ascending
	signs   [][]bool
	values  [][]float64 // of which they are
	winners [][]uint16
}

// bent lists the activations with a bend at 0.
var bent = []string{"relu", "leaky-relu", "elu", "selu"}

func newBends(net network[float64], n int) *bends {
	b := &bends{net: net, n: n}
	for i, p := range net.Positions() {
		if i > 0 && (p.Kind == "maxpool" || slices.Contains(bent, p.Kind)) {
			b.at = append(b.at, i)
		}
	}
	b.signs, b.values, b.winners = make([][]bool, len(b.at)), make([][]float64, len(b.at)), make([][]uint16, len(b.at))
	return b
}

// remember takes the newest Forward as the side to be on.
func (b *bends) remember() {
	for k, i := range b.at {
		x := b.net.Activation(i-1, b.n)
		b.values[k] = append(b.values[k][:0], x...)
		b.winners[k] = append(b.winners[k][:0], b.net.Winners(i, b.n)...)
		if b.winners[k] != nil {
			continue
		}
		b.signs[k] = slices.Grow(b.signs[k][:0], len(x))[:len(x)]
		for j, v := range x {
			b.signs[k][j] = v > 0
		}
	}
}

// crossed says whether the newest forward pass, which began at position from, is on another side somewhere.
func (b *bends) crossed(from int) bool {
	for k, i := range b.at {
		if i < from {
			continue
		}
		if b.winners[k] != nil {
			if !slices.Equal(b.winners[k], b.net.Winners(i, b.n)) {
				return true
			}
			continue
		}
		for j, v := range b.net.Activation(i-1, b.n) {
			if b.signs[k][j] != (v > 0) {
				return true
			}
		}
	}
	return false
}

// jumps lists the activations whose slope jumps at 0.
var jumps = []string{"relu", "leaky-relu", "selu"}

// keep takes back what has carried an input of the activation at position i over its jump; all of the input of a
// pooling, where another element would win. It gives the root mean square of what it took from a pooling.
func (b *bends) keep(i int) (taken float64) {
	k := slices.Index(b.at, i)
	if k < 0 {
		return 0
	}
	x := b.net.Activation(i-1, b.n)
	if b.winners[k] != nil {
		if b.net.ForwardRange(i, i+1, b.n); !slices.Equal(b.winners[k], b.net.Winners(i, b.n)) {
			for j, v := range b.values[k] {
				x[j] -= v
			}
			taken = rms(x)
			copy(x, b.values[k])
		}
		return taken
	}
	if !slices.Contains(jumps, b.net.Positions()[i].Kind) {
		return 0
	}
	for j, v := range x {
		if (v > 0) != b.signs[k][j] {
			x[j] = b.values[k][j]
		}
	}
	return 0
}

// differ says whether the interpreter stands on another side of a jump.
func (b *bends) differ(a *analytic) bool {
	for k, i := range b.at {
		if b.winners[k] != nil || !slices.Contains(jumps, b.net.Positions()[i].Kind) {
			continue
		}
		x := a.input
		if from := a.layers[i-1].from; from >= 0 {
			x = a.outputs[from]
		}
		for j, v := range x {
			if (real(v) > sideless) != b.signs[k][j] {
				return true
			}
		}
	}
	return false
}

// sides tells whether two networks of different precision, of the same Forward, are on the same side everywhere.
// It gives the position at which they are not, "" for none.
func sides(wide network[float64], narrow network[float32], n int) string {
	positions := wide.Positions()
	for i, p := range positions {
		switch {
		case i == 0:
		case p.Kind == "maxpool":
			if !slices.Equal(wide.Winners(i, n), narrow.Winners(i, n)) {
				return named(positions, i)
			}
		case slices.Contains(jumps, p.Kind):
			y := narrow.Activation(i-1, n)
			for j, v := range wide.Activation(i-1, n) {
				if (v > 0) != (y[j] > 0) {
					return named(positions, i)
				}
			}
		}
	}
	return ""
}

// named is the name of position i as the model has it, without the identity in front.
func named(positions []nn.Position, i int) string {
	p := positions[i]
	if i == 0 {
		return "input"
	}
	if p.Kind != "leaky-relu" {
		return p.Name
	}
	count := 0
	for _, q := range positions[1 : i+1] {
		if q.Kind == p.Kind {
			count++
		}
	}
	return p.Kind + itoa(count)
}
