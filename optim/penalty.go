package optim

import "fmt"

// Penalty is what is added to the loss of the data:
//
//	L1·Σ|w| + L2·Σw²
//
// With both it is the elastic net (Zou and Hastie 2005). Its gradient is L1·sign(w) + 2·L2·w, so that under plain
// SGD L2 is a weight decay of 2·L2; PyTorch's weight_decay λ is the gradient of ½λΣw². The sums are over all
// weights but those of normalisations, and over biases where they are asked for.
type Penalty struct {
	L1, L2 float64
	Biases bool // are penalised too
	Norms  bool // and so are the weights of normalisations (and their biases where Biases is set)
}

// IsZero says whether nothing is added.
func (p Penalty) IsZero() bool { return p.L1 == 0 && p.L2 == 0 }

// String is "L1 0.0001, L2 0.001"; "none" where nothing is added.
func (p Penalty) String() string {
	if p.IsZero() {
		return "none"
	}
	text := ""
	for _, part := range []struct {
		name   string
		lambda float64
	}{{"L1", p.L1}, {"L2", p.L2}} {
		if part.lambda != 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%s %g", part.name, part.lambda)
		}
	}
	return text
}
