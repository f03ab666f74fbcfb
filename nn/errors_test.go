package nn

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gradlab/optim"
)

// TestWrongModels: every error names the layer, says what is wrong, and what to do.
func TestWrongModels(t *testing.T) {
	image, vector := Shape{8, 9, 3}, Shape{12}
	end := Linear{Out: Classes}
	tanh := Activation{Name: "tanh"}
	nested := []Layer{tanh}
	for range 101 {
		nested = []Layer{Repeat{Times: 1, Layers: nested}}
	}
	for _, c := range []struct {
		name    string
		in      Shape
		layers  []Layer
		options Options
		want    string
	}{
		{"linear on an image", image, []Layer{tanh, end}, Options{Batch: 1},
			"failed to compile the model: layer 2 (linear1): it needs a vector but gets an image 8×9×3\nhint: put flatten before the layer"},
		{"conv on a vector", image, []Layer{Flatten{}, Conv2d{Filters: 2, Kernel: Square(3)}, end}, Options{Batch: 1},
			"failed to compile the model: layer 2 (conv1): it needs an image [height, width, channels] but gets a vector of 216\nhint: put the layer before flatten"},
		{"pooling of a vector", vector, []Layer{MaxPool2d{Kernel: Square(2)}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (maxpool1): it needs an image [height, width, channels] but gets a vector of 12\nhint: put the layer before flatten"},
		{"a kernel that is too large", image, []Layer{Conv2d{Filters: 2, Kernel: Square(5)}, Conv2d{Filters: 2, Kernel: Square(5)}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 2 (conv2): the kernel 5×5 is larger than its input 4×5×2"},
		{"no kernel", image, []Layer{AvgPool2d{}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (avgpool1): kernel is 0×0, but must be at least 1"},
		{"a negative stride", image, []Layer{Conv2d{Filters: 2, Kernel: Square(3), Stride: Pair{-1, 1}}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (conv1): stride is -1×1, but must be at least 1"},
		{"half a stride", image, []Layer{MaxPool2d{Kernel: Square(2), Stride: Pair{2, 0}}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (maxpool1): stride is 2×0, but must be at least 1"},
		{"negative padding", image, []Layer{Conv2d{Filters: 2, Kernel: Square(3), Padding: Pair{0, -1}}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (conv1): padding is 0×-1, but must be at least 0"},
		{"pooling of padding alone", image, []Layer{MaxPool2d{Kernel: Square(2), Padding: Square(2)}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (maxpool1): padding is 2×2, but must be at most half the kernel 2×2"},
		{"a window with too many elements", Shape{300, 300, 1}, []Layer{MaxPool2d{Kernel: Square(257)}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (maxpool1): the kernel is 257×257, but max pooling takes at most 65536 elements"},
		{"no filters", image, []Layer{tanh, tanh, Conv2d{Kernel: Square(3)}, Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 3 (conv1): it has 0 filters, but must have between 1 and 1048576"},
		{"no outputs", vector, []Layer{Linear{}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (linear1): it has 0 outputs, but must have between 1 and 1048576"},
		{"an unknown activation", vector, []Layer{Linear{Out: 4}, Activation{Name: "tan"}, end}, Options{Batch: 1},
			`failed to compile the model: layer 2 (tan1): there is no activation "tan"`},
		{"a slope where there is none", vector, []Layer{Activation{Name: "relu", Slope: 0.1}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (relu1): relu has no slope"},
		{"an error behind a repeat", vector, []Layer{Repeat{Times: 3, Layers: []Layer{Linear{Out: 4}, tanh}}, Linear{Out: -2}, end}, Options{Batch: 1},
			"failed to compile the model: layer 7 (linear4): it has -2 outputs, but must have between 1 and 1048576"},
		{"a negative repeat", vector, []Layer{Repeat{Times: -1, Layers: []Layer{tanh}}, end}, Options{Batch: 1},
			"failed to compile the model: repeat: times is -1, but must not be negative"},
		{"repeats without end", vector, []Layer{Repeat{Times: math.MaxInt, Layers: []Layer{tanh}}, end}, Options{Batch: 1},
			"failed to compile the model: the model has more than 10000 layers"},
		{"deep repeats", vector, nested, Options{Batch: 1},
			"failed to compile the model: repeat and residual are nested more than 100 times"},
		{"a block that computes nothing", vector, []Layer{tanh, Residual{Layers: []Layer{Flatten{}}}, end}, Options{Batch: 1},
			"failed to compile the model: residual1: its layers compute nothing\nhint: give it a layer that does, as linear or conv"},
		{"an empty block", vector, []Layer{tanh, Residual{}, end}, Options{Batch: 1},
			"failed to compile the model: residual1: its layers compute nothing\nhint: give it a layer that does, as linear or conv"},
		{"a block from an image to a vector", image, []Layer{Residual{Layers: []Layer{Flatten{}, Linear{Out: 7}}}, end}, Options{Batch: 1},
			"failed to compile the model: residual1: its input is 8×9×3, but its layers give 7\nhint: put flatten before the block"},
		{"a block that no stride fits", image, []Layer{Residual{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(2)}}}, end}, Options{Batch: 1},
			"failed to compile the model: residual1: no stride brings its input 8×9×3 to 7×8×3, which its layers give\nhint: use layers that keep the size of an image, or divide it by a stride, with padding"},
		{"an error within a block", vector, []Layer{tanh, Residual{Layers: []Layer{tanh, Linear{}}}, end}, Options{Batch: 1},
			"failed to compile the model: layer 3 (linear1): it has 0 outputs, but must have between 1 and 1048576"},
		{"blocks without end", vector, []Layer{Repeat{Times: 5000, Layers: []Layer{Residual{Layers: []Layer{tanh}}}}, end}, Options{Batch: 1},
			"failed to compile the model: the model has more than 10000 layers"},
		{"a momentum of 2", vector, []Layer{BatchNorm{Momentum: 2}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (batchnorm1): its momentum is 2, but must lie between 0 and 1"},
		{"an epsilon that is no number", vector, []Layer{LayerNorm{Epsilon: math.NaN()}, end}, Options{Batch: 1},
			"failed to compile the model: layer 1 (layernorm1): its epsilon is NaN, but must lie between 1e-30 and 1"},
		{"no layers", vector, nil, Options{Batch: 1},
			"failed to compile the model: the model has no layers"},
		{"repeats of nothing", vector, []Layer{Repeat{Times: math.MaxInt}}, Options{Batch: 1},
			"failed to compile the model: the model has no layers"},
		{"nested repeats of nothing", vector, []Layer{Repeat{Times: math.MaxInt, Layers: []Layer{Repeat{Times: math.MaxInt, Layers: []Layer{Repeat{Times: 5}}}}}}, Options{Batch: 1},
			"failed to compile the model: the model has no layers"},
		{"nested repeats without end", vector, []Layer{tanh, Repeat{Times: math.MaxInt, Layers: []Layer{Repeat{Times: 101, Layers: []Layer{tanh}}}}, end}, Options{Batch: 1},
			"failed to compile the model: the model has more than 10000 layers"},
		{"a missing layer", vector, []Layer{tanh, nil, end}, Options{Batch: 1},
			"failed to compile the model: layer 2 is nil"},
		{"layers that compute nothing", Shape{10}, []Layer{Flatten{}, Activation{Name: "identity"}}, Options{Batch: 1},
			"failed to compile the model: its layers compute nothing (flatten and identity only)\nhint: add a linear layer (linear: classes)"},
		{"the wrong number of outputs", vector, []Layer{Linear{Out: 9}, tanh}, Options{Batch: 1},
			"failed to compile the model: the last layer (tanh1) gives 9, but the data has 10 classes\nhint: end with a linear layer of that many outputs (linear: classes)"},
		{"an image at the end", image, []Layer{Conv2d{Filters: 10, Kernel: Square(1)}}, Options{Batch: 1},
			"failed to compile the model: the last layer (conv1) gives 8×9×10, but the data has 10 classes\nhint: end with a linear layer of that many outputs (linear: classes)"},
		{"no batch", vector, []Layer{end}, Options{},
			"failed to compile the model: the batch is 0, but must be at least 1"},
		{"an input of nothing", Shape{8, 0, 3}, []Layer{Flatten{}, end}, Options{Batch: 1},
			"failed to compile the model: the input has the shape 8×0×3, but every size must lie between 1 and 1048576"},
		{"an input of two dimensions", Shape{8, 8}, []Layer{tanh, end}, Options{Batch: 1},
			"failed to compile the model: the input has the shape 8×8, but must be an image [height, width, channels] or a vector"},
		{"more than memory holds", vector, []Layer{Linear{Out: 1 << 20}, Linear{Out: 1 << 20}, end}, Options{Batch: 1},
			"failed to compile the model: layer 2 (linear2): the plan needs more than 4294967296 values\nhint: take a smaller model or batch"},
		{"a batch that overflows", vector, []Layer{Linear{Out: 1 << 20}, end}, Options{Batch: math.MaxInt},
			"failed to compile the model: layer 1 (linear1): the plan needs more than 4294967296 values\nhint: take a smaller model or batch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile[float32](Model{Layers: c.layers}, c.in, 10, c.options)
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if got := hinted(err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if _, measured := Measure[float32](Model{Layers: c.layers}, c.in, 10, c.options, optim.SGD{}); measured == nil || hinted(measured) != c.want {
				t.Errorf("measured %v\nwant     %s", measured, c.want)
			}
		})
	}
}

// hinted is an error's text with its hint, if it has one, on a second line.
func hinted(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return err.Error() + "\nhint: " + h.Hint()
	}
	return err.Error()
}

func TestWrongInitialisations(t *testing.T) {
	for _, c := range []struct {
		init Init
		want string
	}{
		{Init{Name: "xaver"}, `failed to initialise linear1.weight: there is no initialisation "xaver"`},
		{Init{Name: "he", Gain: math.NaN()}, "failed to initialise linear1.weight: he-normal: NaN is no usable number"},
	} {
		for _, m := range []Model{
			{Init: c.init, Layers: []Layer{Linear{Out: Classes}}},
			{Layers: []Layer{Linear{Out: Classes, Init: c.init}}},
		} {
			if _, err := Compile[float32](m, Shape{3}, 2, Options{Batch: 1}); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := Measure[float32](m, Shape{3}, 2, Options{Batch: 1}, optim.SGD{}); err == nil || err.Error() != c.want {
				t.Errorf("measured %v, want %s", err, c.want)
			}
		}
	}
	p, err := Compile[float32](Model{Layers: []Layer{Linear{Out: Classes}}}, Shape{3}, 2, Options{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Params()[0].Import(make([]float32, 5)); err == nil || !strings.Contains(err.Error(), "failed to import linear1.weight: 5 values for the shape 2×3") {
		t.Errorf("importing too few values: %v", err)
	}
}
