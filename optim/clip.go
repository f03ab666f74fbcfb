package optim

import (
	"fmt"
	"strings"
)

// Clip bounds the gradients of a step before the update rule sees them. The zero value leaves them as they
// are. It bounds from above only: a gradient that has vanished passes as it is.
type Clip struct {
	By    string  // "value", "norm" or "layer-norm"
	Limit float64 // above 0
}

// What Clip.By may be.
const (
	// ClipValue brings every element g to within ±Limit, as PyTorch's clip_grad_value_.
	ClipValue = "value"

	// ClipNorm multiplies all gradients by min(1, Limit/(‖g‖ + 1e-6)), ‖g‖ being the Euclidean norm over all
	// parameters together, as PyTorch's clip_grad_norm_ (Pascanu, Mikolov and Bengio 2013). The direction of the
	// step stays.
	ClipNorm = "norm"

	// ClipLayerNorm is ClipNorm for each layer by itself: its weights and biases together. The step of a layer
	// keeps its direction, that of the network does not.
	ClipLayerNorm = "layer-norm"
)

// clipEpsilon keeps the factor finite where there is no gradient. PyTorch's 1e-6.
const clipEpsilon = 1e-6

// leastLimit is a number that float32 holds: a smaller limit would leave no gradient at all.
const leastLimit = 1e-30

// Clips lists what Clip.By may be.
func Clips() []string { return []string{ClipValue, ClipNorm, ClipLayerNorm} }

// IsZero says whether gradients are left as they are.
func (c Clip) IsZero() bool { return c == Clip{} }

// Factor is what gradients of the norm norm are multiplied by, under ClipNorm and ClipLayerNorm: at most 1, and
// NaN for a norm that is none, as in PyTorch.
func (c Clip) Factor(norm float64) float64 {
	if factor := c.Limit / (norm + clipEpsilon); !(factor >= 1) {
		return factor
	}
	return 1
}

// Check says what of c makes no sense.
func (c Clip) Check() error {
	if c.IsZero() {
		return nil
	}
	for _, by := range Clips() {
		if c.By != by {
			continue
		}
		if !(c.Limit >= leastLimit) {
			return fmt.Errorf("gradients are clipped at %v, but the limit must be at least %g", c.Limit, leastLimit)
		}
		return notNegative([]quantity{{"limit of clipping", c.Limit}})
	}
	return fmt.Errorf("unknown clipping %q: expected %s", c.By, strings.Join(Clips(), ", "))
}

// String is "norm 1"; "none" where gradients are left as they are.
func (c Clip) String() string {
	if c.IsZero() {
		return "none"
	}
	return fmt.Sprintf("%s %g", c.By, c.Limit)
}
