package train

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gradlab/data"
	"gradlab/internal/workload"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/transform"
)

// transformed is a trial whose training images are changed by chance.
func transformed(l ...transform.Transform) Trial {
	return Trial{
		Model: nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: nn.Classes}}}, Data: patterns(50, 20, 8, 8, 3), Seed: 3,
		Config: Config{Epochs: 1, Batch: 7, Rule: optim.SGD{Rate: 0.01}, Validation: 0.2, Transforms: l},
	}
}

// epochOf gathers what a loader hands out.
func epochOf(l *data.Loader[float32], epoch uint64) (x []float32) {
	for _, b := range l.Epoch(context.Background(), epoch, 0) {
		x = append(x, b.X...)
	}
	return x
}

// Training images change from epoch to epoch, and are the same when an epoch comes again; all others go without
// chance, at the size that the network has.
func TestTransformsAreForTraining(t *testing.T) {
	r, err := newRun(transformed(transform.RandomCrop{Height: 6, Width: 5}, transform.Flip{}))
	if err != nil {
		t.Fatal(err)
	}
	first := epochOf(r.train, 0)
	if !slices.Equal(first, epochOf(r.train, 0)) || slices.Equal(first, epochOf(r.train, 1)) {
		t.Error("an epoch is not what its number says")
	}
	if len(first) != len(r.kept)*6*5*3 {
		t.Errorf("%d values of %d images", len(first), len(r.kept))
	}
	for name, l := range map[string]*data.Loader[float32]{"test": r.test, "validation": r.validation} {
		if got := epochOf(l, 0); !slices.Equal(got, epochOf(l, 1)) {
			t.Errorf("the %s images change", name)
		}
	}
	// The middle of the first test image: from row 1 and, of two columns as near, the even one.
	got, test := epochOf(r.test, 0), r.Data.Test.Image(0)
	for y := range 6 {
		for i := range 5 * 3 {
			if want := float32(float64(test[(y+1)*24+2*3+i]) / 255); got[y*15+i] != want {
				t.Fatalf("row %d of the test image has %v, want %v", y, got[y*15+i], want)
			}
		}
	}
}

// Inputs are standardised by the images that are trained on, not by those that are held out.
func TestStandardInputsAreOfTheImagesTrainedOn(t *testing.T) {
	trial := transformed()
	trial.Config.Inputs = "standard"
	r, err := newRun(trial)
	if err != nil {
		t.Fatal(err)
	}
	x := epochOf(r.train, 0)
	for c := range 3 {
		sum, squares, n := 0.0, 0.0, 0.0
		for i := c; i < len(x); i += 3 {
			sum += float64(x[i])
			squares += float64(x[i]) * float64(x[i])
			n++
		}
		if mean := sum / n; math.Abs(mean) > 1e-6 || math.Abs(squares/n-1) > 1e-5 {
			t.Errorf("channel %d of the images trained on has mean %v, mean square %v", c, mean, squares/n)
		}
	}
}

// A resized crop changes the shape of the network, and every place that states it.
func TestTransformsChangeTheShape(t *testing.T) {
	trial := transformed(transform.RandomResizedCrop{Height: 5, Width: 4})
	size, memory, err := Measure(trial.Model, trial.Data.Info(), trial.Config, nil)
	if err != nil || size.Parameters != (5*4*3+1)*10 {
		t.Errorf("%d parameters, %v", size.Parameters, err)
	}
	plain := trial.Config
	plain.Transforms = transform.List{transform.Resize{Height: 5, Width: 4}}
	_, without, err := Measure(trial.Model, trial.Data.Info(), plain, nil)
	if err != nil || memory.Input < without.Input {
		t.Errorf("transforming takes %d bytes, %d without chance (%v)", memory.Input, without.Input, err)
	}
	if r := mustRun(t, trial); r.Parameters != size.Parameters {
		t.Errorf("%d parameters are trained, %d were measured", r.Parameters, size.Parameters)
	}
	trial.Config.Transforms = transform.List{transform.CentreCrop{Height: 9, Width: 4}}
	if _, err := Run(context.Background(), trial, silent{}); err == nil || !strings.Contains(err.Error(), "centre-crop: 9×4 is larger than the picture, 8×8") {
		t.Errorf("a crop larger than the image: %v", err)
	}
}

// BenchmarkLoading compares the time of one core that loading an epoch takes, transforms included, with that of
// training on it: CIFAR-10-sized images and network W4 in batches of 64. load-% is the first in percent of the
// second; epoch-% is by how much an epoch is longer than its steps alone, where one thread trains.
func BenchmarkLoading(b *testing.B) {
	var w4 workload.Workload
	for _, w := range workload.All() {
		if w.Name == "W4" {
			w4 = w
		}
	}
	set, err := data.Open(context.Background(), data.Spec{Source: "shapes", Train: 1280, Test: 10}, data.Options{})
	if err != nil {
		b.Fatal(err)
	}
	crop, flip := transform.RandomCrop{Padding: 4}, transform.Flip{}
	jitter := transform.ColourJitter{Brightness: 0.2, Contrast: 0.2, Saturation: 0.2, Hue: 0.05}
	for _, c := range []struct {
		name string
		list transform.List
	}{
		{"none", nil},
		{"crop+flip", transform.List{crop, flip}},
		{"resized-crop+flip", transform.List{transform.RandomResizedCrop{Scale: [2]float64{0.5, 1}}, flip}},
		{"crop+flip+rotation+jitter+cutout", transform.List{crop, flip, transform.Rotation{Degrees: 10}, jitter, transform.Cutout{Size: 8}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, err := newRun(Trial{Model: w4.Model, Data: set, Seed: 1, Config: Config{Epochs: 1 << 20, Batch: w4.Batch, Rule: w4.Rule, Probe: -1, Transforms: c.list}})
			if err != nil {
				b.Fatal(err)
			}
			var loading, steps, epochs []float64
			for i := 0; b.Loop(); i++ {
				// One core loads and does nothing else.
				threads := runtime.GOMAXPROCS(1)
				start := time.Now()
				for range r.train.Epoch(context.Background(), uint64(i), 0) {
				}
				loading = append(loading, time.Since(start).Seconds())
				runtime.GOMAXPROCS(threads)

				start = time.Now()
				inSteps := 0.0
				for _, batch := range r.train.Epoch(context.Background(), uint64(i), 0) {
					before := time.Now()
					r.trainStep(batch)
					inSteps += time.Since(before).Seconds()
				}
				epochs = append(epochs, time.Since(start).Seconds())
				steps = append(steps, inSteps)
			}
			b.ReportMetric(100*median(loading)/median(steps), "load-%")
			b.ReportMetric(100*(median(epochs)/median(steps)-1), "epoch-%")
			b.ReportMetric(1e6*median(loading)/float64(set.Train.N()), "load-µs/image")
		})
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
