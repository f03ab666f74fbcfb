// Package nn is what a network is: a model described as data, its layers, initialisations and loss,
// the positions between layers, and a plan compiled from them that runs forward, backward and
// update without allocating.
package nn

// A Model is a feed-forward network described as data: it can be written as Go literals, printed,
// compared and hashed. Compile turns it into a Plan.
type Model struct {
	Layers []Layer
	Init   Init // of every layer that names none; the zero value is PyTorch's default
}

// Layer describes one layer: one of Linear, Conv2d, MaxPool2d, AvgPool2d, Flatten, Activation and
// Repeat.
type Layer interface{ kind() string }

// Classes as Linear.Out stands for the number of classes of the data.
const Classes = -1

// Linear is y = x·Wᵀ + b with W [Out, in] and b [Out]. Images are flattened before it by Flatten.
type Linear struct {
	Out    int // number of outputs, or Classes
	NoBias bool
	Init   Init
}

// Conv2d is a two-dimensional cross-correlation over an image [height, width, channels] with
// zeros around it, as PyTorch's Conv2d.
type Conv2d struct {
	Filters int // number of output channels
	Kernel  Pair
	Stride  Pair // the zero value is 1 × 1
	Padding Pair
	NoBias  bool
	Init    Init
}

// MaxPool2d takes the largest value of each window. Windows that would reach over the edge are
// left out, as in PyTorch.
type MaxPool2d struct {
	Kernel  Pair
	Stride  Pair // the zero value is Kernel
	Padding Pair
}

// AvgPool2d takes the mean of each window; zeros of the padding count, as in PyTorch.
type AvgPool2d struct {
	Kernel  Pair
	Stride  Pair // the zero value is Kernel
	Padding Pair
}

// Flatten makes one vector of an image [height, width, channels], in that order.
type Flatten struct{}

// Activation applies a function to every element; Activations lists the names.
type Activation struct {
	Name  string
	Slope float64 // of leaky-relu below zero; 0 is PyTorch's 0.01
}

// Repeat stands for its layers written Times times.
type Repeat struct {
	Times  int
	Layers []Layer
}

// Pair is a height and a width.
type Pair struct{ H, W int }

// Square is a Pair of equal height and width.
func Square(n int) Pair { return Pair{n, n} }

func (Linear) kind() string       { return "linear" }
func (Conv2d) kind() string       { return "conv" }
func (MaxPool2d) kind() string    { return "maxpool" }
func (AvgPool2d) kind() string    { return "avgpool" }
func (Flatten) kind() string      { return "flatten" }
func (a Activation) kind() string { return a.Name }
func (Repeat) kind() string       { return "repeat" }

// Init names an initialisation of weights. Biases follow the weights' bound under "pytorch" and
// start at zero under every other name.
type Init struct {
	Name  string  // one of Inits; "" is "pytorch", and of a layer the model's own, with what is set below
	Gain  float64 // multiplies the standard deviation; 0 is 1 (√2 for the he family)
	Value float64 // of "constant"
	Std   float64 // of "normal"; 0 is 0.01
}
