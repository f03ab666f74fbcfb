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

// Layer describes one layer: one of Linear, Conv2d, MaxPool2d, AvgPool2d, Flatten, Activation, BatchNorm,
// LayerNorm, Dropout, Residual and Repeat.
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

// BatchNorm normalises each feature of a vector, or each channel of an image, over the batch (Ioffe and
// Szegedy 2015), as PyTorch's BatchNorm1d and BatchNorm2d: while a network trains by the batch's own mean and
// biased variance, in evaluation by running ones. Then it scales by weights that start at 1, and adds
// biases that start at 0.
type BatchNorm struct {
	Momentum float64 // of the newest batch in the running statistics; 0 is PyTorch's 0.1
	Epsilon  float64 // added to the variance; 0 is PyTorch's 1e-5
	NoAffine bool    // no weights and biases
}

// LayerNorm normalises each sample over all its values (Ba, Kiros and Hinton 2016), as PyTorch's LayerNorm
// over the shape of a sample. Then it scales by weights that start at 1, and adds biases that start at 0, one
// of each per value.
type LayerNorm struct {
	Epsilon  float64 // added to the variance; 0 is PyTorch's 1e-5
	NoAffine bool    // no weights and biases
}

// Dropout drops a random share of the elements of each sample and multiplies the others by 1/(1 − Rate)
// (Srivastava et al. 2014), as PyTorch's Dropout; in evaluation it passes everything on. The share is rounded to
// a multiple of 1/65536, and the factor follows from what it is then. Plan.SetMasks says what is dropped.
type Dropout struct {
	Rate    float64 // the share, from 0, which drops nothing, to below 1
	Spatial bool    // whole channels of an image (Tompson et al. 2015), as PyTorch's Dropout2d
}

// Residual is y = x + f(x), where f is its layers (He et al. 2016). Where f changes the shape, x is
// projected: a vector by a linear layer without bias, an image by a convolution with 1 × 1 kernels and the
// stride that fits, without bias.
type Residual struct {
	Layers []Layer
	Init   Init // of the projection
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
func (BatchNorm) kind() string    { return "batchnorm" }
func (LayerNorm) kind() string    { return "layernorm" }
func (Dropout) kind() string      { return "dropout" }
func (Residual) kind() string     { return "residual" }
func (Repeat) kind() string       { return "repeat" }

// Init names an initialisation of weights. Biases follow the weights' bound under "pytorch" and
// start at zero under every other name.
type Init struct {
	Name  string  // one of Inits; "" is "pytorch", and of a layer the model's own, with what is set below
	Gain  float64 // multiplies the standard deviation; 0 is 1 (√2 for the he family)
	Value float64 // of "constant"
	Std   float64 // of "normal"; 0 is 0.01
}
