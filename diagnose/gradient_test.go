package diagnose

import (
	"context"
	"math"
	"testing"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// measure trains a network at a rate of zero and gives its gradient against depth.
func measure(t *testing.T, layers []nn.Layer, init nn.Init) Gradient {
	t.Helper()
	set, err := data.Shapes(context.Background(), 96, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Run(context.Background(), train.Trial{
		Model: nn.Model{Layers: layers, Init: init}, Data: set, Seed: 3,
		Config: train.Config{Epochs: 2, Batch: 16, Inputs: "standard", Rule: optim.SGD{}, Probe: 1},
	}, silent{})
	if err != nil {
		t.Fatal(err)
	}
	var positions []Position
	for _, p := range r.Positions {
		positions = append(positions, Position{p.Name, p.Kind, p.Shape})
	}
	var windows []Window
	for _, w := range r.Flow {
		windows = append(windows, Window{First: w.Steps.First, Last: w.Steps.Last, Count: w.Steps.Count, GradRMS: w.GradRMS, GradSpread: w.GradSpread})
	}
	return gradientOf(positions, windows)
}

type silent struct{}

func (silent) Begin([]train.Event)     {}
func (silent) Step(train.Progress)     {}
func (silent) Window(train.Window)     {}
func (silent) Epoch(train.EpochResult) {}

// TestSlopeAgainstTheory: in networks whose widths differ from layer to layer, convolutional and pooled ones among
// them, the factor per layer is √χ₁ of mean-field theory, σ_w²/2 of ReLU (He et al. 2015), which knows neither
// width nor pooling. Without corrections the factors would be off by up to √8 for widths and 2 for each pooling.
func TestSlopeAgainstTheory(t *testing.T) {
	relu := nn.Activation{Name: "relu"}
	mlp := []nn.Layer{nn.Flatten{}}
	for _, width := range []int{512, 256, 640, 128, 512, 96, 384, 512} {
		mlp = append(mlp, nn.Linear{Out: width}, relu)
	}
	mlp = append(mlp, nn.Linear{Out: nn.Classes})
	conv := []nn.Layer{nn.AvgPool2d{Kernel: nn.Square(2)}}
	for i, filters := range []int{48, 16, 64, 32, 48, 24} {
		conv = append(conv, nn.Conv2d{Filters: filters, Kernel: nn.Square(3), Padding: nn.Square(1)}, relu)
		switch i {
		case 1:
			conv = append(conv, nn.AvgPool2d{Kernel: nn.Square(2)})
		case 3:
			conv = append(conv, nn.MaxPool2d{Kernel: nn.Square(2)})
		}
	}
	conv = append(conv, nn.Flatten{}, nn.Linear{Out: 256}, relu, nn.Linear{Out: nn.Classes})
	for _, c := range []struct {
		name      string
		layers    []nn.Layer
		gain      float64 // of LeCun's initialisation: σ_w
		factor    float64 // √χ₁
		tolerance float64
	}{
		{"mlp, he", mlp, math.Sqrt2, 1, 0.06},
		{"mlp, σ_w² = 1/3", mlp, math.Sqrt(1. / 3), math.Sqrt(1. / 6), 0.06},
		{"mlp, σ_w² = 4", mlp, 2, math.Sqrt2, 0.06},
		// Neighbouring pixels are not independent, and zeros surround the image: theory is nearly right.
		{"conv, he", conv, math.Sqrt2, 1, 0.15},
		{"conv, σ_w² = 1/3", conv, math.Sqrt(1. / 3), math.Sqrt(1. / 6), 0.15},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := measure(t, c.layers, nn.Init{Name: "lecun-normal", Gain: c.gain})
			want := -math.Log(c.factor) // ln of the factor towards the output
			if math.Abs(g.Slope.Value-want) > c.tolerance {
				t.Errorf("slope %v, want %v", g.Slope.Value, want)
			}
			if !(g.Slope.Low < g.Slope.Value && g.Slope.Value < g.Slope.High) || g.Slope.High-g.Slope.Low > 0.1 {
				t.Errorf("the interval over batches is %v", g.Slope)
			}
			if want < -0.1 && !(g.Slope.High < 0) || want > 0.1 && !(g.Slope.Low > 0) {
				t.Errorf("interval %v does not show which way the gradient goes", g.Slope)
			}
		})
	}
}

// TestWithin: of one window, the interval comes from the spread over its batches.
func TestWithin(t *testing.T) {
	positions := []Position{{"linear1", "linear", []int{4}}, {"tanh1", "tanh", []int{4}}, {"linear2", "linear", []int{4}}, {"linear3", "linear", []int{4}}}
	w := Window{First: 2, Last: 11, Count: 10, GradRMS: []float64{1, 1, math.E, math.E * math.E}, GradSpread: []float64{0.2, 9, 0.2, 0.2}}
	g := gradientOf(positions, []Window{w})
	// SE of the slope: 0.2/√10 · √Σ((x−1)/2)² = 0.2/√10 · √½; t(9 degrees, 95 %) = 2.2622.
	half := 2.262157 * 0.2 / math.Sqrt(10) * math.Sqrt(0.5)
	if math.Abs(g.Slope.Value-1) > 1e-12 || math.Abs(g.Slope.High-1-half) > 1e-5 || math.Abs(1-half-g.Slope.Low) > 1e-5 {
		t.Errorf("slope %v, want 1 ± %v", g.Slope, half)
	}
	if half := 2.262157 * 0.2 / math.Sqrt(10) * math.Sqrt2; math.Abs(g.Ratio.Value+2) > 1e-12 || math.Abs(g.Ratio.High-g.Ratio.Value-half) > 1e-5 {
		t.Errorf("ratio %v, want −2 ± %v", g.Ratio, half)
	}
	w.Count = 1
	if g := gradientOf(positions, []Window{w}); !math.IsNaN(g.Slope.Low) || !math.IsNaN(g.Ratio.High) {
		t.Errorf("one batch has an interval: %v", g.Slope)
	}
	w.GradRMS = []float64{0, 0, 1, 1}
	if g := gradientOf(positions, []Window{w}); len(g.Zero) != 1 || g.Zero[0] != "linear1" || finite(g.Slope.Value) {
		t.Errorf("a gradient of zero: %+v", g)
	}
}

// TestDepthPoints: the pre-activation behind a normalisation; a projection is no layer of the depth.
func TestDepthPoints(t *testing.T) {
	points := depthPoints([]Position{
		{"conv1", "conv", []int{8, 8, 4}}, {"batchnorm1", "batchnorm", []int{8, 8, 4}}, {"relu1", "relu", []int{8, 8, 4}},
		{"avgpool1", "avgpool", []int{2, 2, 4}}, {"flatten1", "flatten", []int{16}}, {"linear1", "linear", []int{5}}, {"projection1", "projection", []int{5}},
		{"residual1", "residual", []int{5}}, {"linear2", "linear", []int{10}},
	})
	want := []depthPoint{{1, "conv1", math.Log(256)/2 + math.Log(16)/2}, {5, "linear1", math.Log(5) / 2}, {8, "linear2", math.Log(10) / 2}}
	if len(points) != len(want) {
		t.Fatalf("%v, want %v", points, want)
	}
	for i, p := range points {
		if p.index != want[i].index || p.name != want[i].name || math.Abs(p.correction-want[i].correction) > 1e-12 {
			t.Errorf("%v, want %v", p, want[i])
		}
	}
}
