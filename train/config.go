// Package train is the loop: epochs over a loader, evaluation on the test set, and what it tells a
// Recorder on the way.
package train

import (
	"fmt"
	"runtime"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/transform"
)

// Config says how one network is trained.
type Config struct {
	Epochs         int
	Batch          int            // samples per step; the last batch of an epoch may be smaller
	Rule           optim.SGD      // the update rule, with what is penalised
	Schedule       optim.Schedule // of the learning rate
	Clip           optim.Clip     // of the gradients, before the rule
	LabelSmoothing float64        // of the labels in training: PyTorch's label_smoothing, from 0 to 1
	Inputs         string         // how bytes are scaled: one of data.Scalings, or "given" by Mean and Deviation; "" is "unit", to [0, 1]
	Probe          int            // steps between two probes; 0 is the default, negative is never

	// Of each class the share Validation of the training images is held out of training, by the trial's seed, and
	// evaluated after each epoch; 0 is none.
	Validation    float64
	EarlyStopping EarlyStopping

	Test string // when the test set is run: after each epoch, TestOnce or TestNever

	// Offsets are added to the trial's seed where initial values and the order of images are drawn: another
	// draw of one of them alone.
	InitOffset, OrderOffset uint64

	// Transforms change the training images, with draws by the trial's seed; all others go through their form
	// without chance. What is made may have another size than the data's images.
	Transforms      transform.List
	Mean, Deviation [3]float64 // per channel, of inputs that are "given"
}

// Scaling is how bytes become numbers.
func (c Config) Scaling() data.Scaling {
	return data.Scaling{Name: c.Inputs, Mean: c.Mean, Deviation: c.Deviation}
}

// InputShape is the shape of what the network sees of images of h×w×channels.
func (c Config) InputShape(h, w, channels int) (nn.Shape, error) {
	h, w, err := c.Transforms.Shape(h, w)
	if err != nil {
		return nil, fmt.Errorf("the transforms do not fit the images: %w", err)
	}
	return nn.Shape{h, w, channels}, nil
}

// loaderBytes is what loading the training images, in batches of batch, and the test images takes.
func (c Config) loaderBytes(d data.Info, size, batch, evaluation int) int64 {
	return data.LoaderBytes[float32](d.Train, size, batch, true) + data.LoaderBytes[float32](d.Test, size, evaluation, false) +
		2*c.scratchBytes(d)
}

// scratchBytes is what transforming images takes in one loader.
func (c Config) scratchBytes(d data.Info) int64 {
	if len(c.Transforms) == 0 {
		return 0
	}
	return int64(runtime.GOMAXPROCS(0)) * c.Transforms.ScratchBytes(d.H, d.W, d.C)
}
