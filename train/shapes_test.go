package train

import (
	"context"
	"fmt"
	"testing"

	"gradlab/data"
	"gradlab/internal/kernel"
	"gradlab/nn"
	"gradlab/optim"
)

// perceptron is lenet's three fully-connected layers without its convolutions.
func perceptron(activation string) nn.Model {
	act := nn.Activation{Name: activation}
	return nn.Model{Layers: []nn.Layer{
		nn.Flatten{}, nn.Linear{Out: 120}, act, nn.Linear{Out: 84}, act, nn.Linear{Out: nn.Classes},
	}}
}

// TestShapesAreAsHardAsIsSaid: in two epochs of 4000 images a sigmoid network stays at chance, one
// with tanh learns, and a fully-connected one trails it; a few epochs later the convolutional network
// knows nearly all images. The bits are the same on every machine, so that no luck is in it. With
// -short, and without assembly, one seed has to do.
func TestShapesAreAsHardAsIsSaid(t *testing.T) {
	set, err := data.Shapes(context.Background(), 4000, 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	seeds := 3
	if testing.Short() || len(kernel.Available()) == 1 {
		seeds = 1
	}
	kinds := []struct {
		name      string
		model     nn.Model
		low, high float64 // of the accuracy after two epochs, in percent
	}{
		{"convolutional, sigmoid", lenet("sigmoid"), 9, 11},
		{"convolutional, tanh", lenet("tanh"), 35, 100},
		{"fully-connected, tanh", perceptron("tanh"), 35, 100},
	}
	accuracies := make([][]float64, len(kinds)) // by kind and seed, after two epochs
	t.Run("all", func(t *testing.T) {
		for k, c := range kinds {
			accuracies[k] = make([]float64, seeds)
			for seed := range seeds {
				epochs := 2
				if k == 1 && seed == 0 {
					epochs = 5
				}
				t.Run(fmt.Sprintf("%s, seed %d", c.name, seed+1), func(t *testing.T) {
					t.Parallel()
					r := mustRun(t, Trial{
						Model: c.model, Data: set, Seed: uint64(seed + 1),
						Config: Config{Epochs: epochs, Batch: 4, Rule: optim.SGD{Rate: 0.01}, Probe: -1},
					})
					accuracies[k][seed] = 100 * r.Epochs[1].Accuracy()
					t.Logf("%.1f %%, training loss %.3f", accuracies[k][seed], r.Epochs[1].TrainLoss)
					if a := accuracies[k][seed]; a < c.low || a > c.high {
						t.Errorf("%.1f %% of the test images after two epochs, want %g to %g", a, c.low, c.high)
					}
					if a := 100 * r.Epochs[epochs-1].Accuracy(); epochs == 5 && a < 90 {
						t.Errorf("%.1f %% of the test images after five epochs, want nearly all", a)
					}
				})
			}
		}
	})
	convolutional, connected := mean(accuracies[1]), mean(accuracies[2])
	if convolutional <= connected {
		t.Errorf("the convolutional network has %.1f %% on the mean, the fully-connected one %.1f", convolutional, connected)
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
