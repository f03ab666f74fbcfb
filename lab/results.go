// Package lab runs a study: its trials over the cores, the comparison of its arms, and the
// conclusions that follow from them.
//
// Run gives Results, Analyse works out again what follows from the trials in them. Read, in this order: results.go
// (what is found), run.go, plan.go, trial.go and stop.go (the trials), choice.go (those with which values are chosen),
// store.go, ahead.go, diary.go, event.go and window.go (what is kept of them, and told on their way), memory.go, room.go
// and outline.go (what they take, and what they run), fill.go (a trial's record), arms.go, outcome.go, gradient.go and compare.go (what follows), conclude.go (details), answer.go and
// established.go with pair.go, along.go, chance.go, ratio.go and clipping.go (the sentences), against.go with
// reference.go (the same for a study that names what it compares with), warnings.go, words.go (how figures are written).
//
// It promises that results depend on the study alone, that a failing trial costs itself only, and that every sentence
// follows from figures that stand beside it.
package lab

import (
	"image"
	"slices"

	"gradlab/data"
)

// Results is everything a study found, as results.json holds it. Fractions are in [0, 1]; an
// interval is 95 %; a figure that does not apply or could not be computed is null (a nil pointer).
type Results struct {
	Format   int     `json:"format"`   // version of this structure
	Numerics int     `json:"numerics"` // version of the arithmetic: equal versions give equal digests
	Study    string  `json:"study"`
	Command  string  `json:"command"` // repeats the study
	Started  string  `json:"started"` // RFC 3339
	Seconds  float64 `json:"seconds"`

	Machine     Machine      `json:"machine"`
	Warnings    []string     `json:"warnings"`
	Parts       []Part       `json:"parts"`               // one for a plain study, several for a tour
	Selection   []Trial      `json:"selection,omitempty"` // with which values were chosen; they know nothing of the test set
	Trials      []Trial      `json:"trials"`
	Comparisons []Comparison `json:"comparisons"`
	Trends      []Trend      `json:"trends"`
	Conclusions []Conclusion `json:"conclusions"`
	Check       *Check       `json:"gradient_check,omitempty"` // of a study that asks for one
}

// Machine is where the study ran.
type Machine struct {
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	ISA     string `json:"isa"` // of the kernels: "avx512", "avx2", "neon" or "portable"
	Cores   int    `json:"cores"`
	Jobs    int    `json:"jobs"`    // trials at a time
	Threads int    `json:"threads"` // per trial
	Go      string `json:"go"`
}

// Part is one study of a tour, or the study itself.
type Part struct {
	Study    string `json:"study"`
	Question string `json:"question"` // what it asks, in a sentence
	Source   string `json:"source"`   // the study file as it was expanded
	Seeds    int    `json:"seeds"`
	Data     Data   `json:"data"`

	Varied   []Variable `json:"varied"`
	Against  []string   `json:"against,omitempty"` // arms with which every other one is compared; without any, every pair is
	Choice   *Choice    `json:"choice,omitempty"`  // of the values that arms leave open
	Arms     []Arm      `json:"arms"`
	Mistakes []Mistake  `json:"mistakes,omitempty"` // made most confidently, of the test set
	Batch    int        `json:"batch,omitempty"`    // of training, where the test set is run once
	Leaders  []string   `json:"leaders"`            // arms that no other one is shown to beat, best mean first; null unless every pair was compared
}

// Variable is what a study varies.
type Variable struct {
	Name    string   `json:"name"`
	Values  []string `json:"values"`  // numbers ascending, others in the study's order
	Numeric bool     `json:"numeric"` // every value is a number
	Layers  bool     `json:"layers"`  // it changes the number of layers
}

// Data is the set of images that a part trained on.
type Data struct {
	Name    string   `json:"name"`
	Digest  string   `json:"digest"` // "sha256:…" over all images and labels
	Train   int      `json:"train"`  // number of images
	Test    int      `json:"test"`
	Shape   []int    `json:"shape"` // height, width, channels
	Classes []string `json:"classes"`

	TestLabels string `json:"test_labels,omitempty"` // base64 of a byte for each test image; "" unless the test set is run once

	Look *DataLook `json:"look,omitempty"` // nil of results from before it was taken

	Sample []Sample `json:"-"` // a few training images, for the report; never in results.json

	Drawn     image.Image `json:"-"` // of them before and after the transforms of an arm; nil without
	DrawnNote string      `json:"-"` // what it shows
}

// DataLook is what was found in the data before anything was trained on it.
type DataLook struct {
	Train    data.SplitLook `json:"train"`
	Test     data.SplitLook `json:"test"`
	Across   int            `json:"across,omitempty"`   // images of the test set that are in the training set too, to the pixel
	Within   int            `json:"within,omitempty"`   // of the training set: those beyond the first of their kind
	Conflict int            `json:"conflict,omitempty"` // images that have another label than the first of their kind
	Warnings []string       `json:"warnings,omitempty"` // in sentences, the gravest first; files that were left out among them
}

// lookAt inspects d.
func lookAt(d *data.Dataset) *DataLook {
	i := data.Inspect(d)
	return &DataLook{i.Train, i.Test, len(i.Duplicates.Across), i.Duplicates.Within, i.Duplicates.Conflict, i.Warnings}
}

// Sample is one image of the data.
type Sample struct {
	Class  int
	Pixels []byte // height × width × channels
}

// Arm is one combination of the varied values and what its trials came to.
type Arm struct {
	Study        string         `json:"study"`
	Name         string         `json:"name"` // "tanh", "tanh · depth 3"
	Labels       map[string]any `json:"labels"`
	Layers       []string       `json:"layers"` // the model, a line per layer
	Network      []Layer        `json:"network,omitempty"`
	Parameters   int            `json:"parameters"` // number of trained values
	Finished     int            `json:"finished"`   // trials that ended well
	Failed       int            `json:"failed"`
	TestAccuracy *Estimate      `json:"test_accuracy"`
	TestLoss     *Estimate      `json:"test_loss"`
	TrainLoss    *Estimate      `json:"train_loss"`           // of the last epoch
	Penalty      *Estimate      `json:"penalty,omitempty"`    // on the loss, at its end; null without
	BestEpoch    *Estimate      `json:"best_epoch,omitempty"` // to which early stopping went back; null without
	Diverged     int            `json:"diverged"`             // finished trials whose last loss is no number
	Slope        *Slope         `json:"gradient_slope"`
	Vanished     *Vanished      `json:"gradient_vanished"`
	Diagnosis    *Diagnosis     `json:"diagnosis"` // null where no trial has finished
	Theory       *Theory        `json:"theory"`    // of the first step; null where the trials' seeds draw the network

	Outcome *ArmOutcome `json:"outcome,omitempty"` // null unless the test set is run once

	Remedy   string       `json:"remedy,omitempty"`  // "skip+batchnorm"
	Changes  []string     `json:"changes,omitempty"` // what the remedy changed, in words; of one that seeds draw, the trials say it
	Clipping *ArmClipping `json:"clipping,omitempty"`
}

// Estimate is a mean over seeds with its 95 % interval (Student's t).
type Estimate struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	SD   float64 `json:"sd"`
	N    int     `json:"n"`
}

// Slope is the change of log10 of the gradient's root mean square per element from one hidden
// fully-connected layer to the next one towards the output, fitted per seed, averaged over seeds.
type Slope struct {
	Estimate
	Positions []string `json:"positions"`
}

// Vanished counts the trials whose gradient was seen at the first hidden fully-connected layer and
// was exactly zero there, throughout.
type Vanished struct {
	Position string `json:"position"` // the layer
	Seeds    int    `json:"seeds"`    // trials in which it vanished
	Of       int    `json:"of"`       // trials in which it was seen
}

// Trial is one training run.
type Trial struct {
	ID        string         `json:"id"` // hash of what defines it
	Study     string         `json:"study"`
	Arm       string         `json:"arm"`
	Labels    map[string]any `json:"labels"`
	Seed      uint64         `json:"seed"`
	Status    string         `json:"status"` // Done, Failed, Interrupted or Waiting
	Error     string         `json:"error,omitempty"`
	Epochs    []Epoch        `json:"epochs"`
	Digest    string         `json:"digest"` // "sha256:…" over the final parameters
	Positions []Position     `json:"positions"`
	Flow      []Flow         `json:"flow"` // gradients over time
	Loss      []LossWindow   `json:"loss,omitempty"`
	NonFinite *Place         `json:"not_finite,omitempty"` // where NaN or an infinity appeared first
	PerClass  []float64      `json:"per_class"`            // final test accuracy by class
	Confusion [][]int        `json:"confusion"`            // [actual][predicted], final

	Remedy   string    `json:"remedy,omitempty"`  // that this seed drew
	Changes  []string  `json:"changes,omitempty"` // what it changed, in words
	Clipping *Clipping `json:"clipping,omitempty"`
	Stopping *Stopping `json:"stopping,omitempty"` // null without early stopping

	Candidate string   `json:"candidate,omitempty"` // of a trial with which values are chosen: "l2 0.001"
	Outcome   *Outcome `json:"outcome,omitempty"`   // null unless the test set is run once
}

// Stopping is what early stopping came to.
type Stopping struct {
	Best  int  `json:"best"`  // epoch with the lowest validation loss, whose weights are the trial's; 0 for none
	Early bool `json:"early"` // training ended before its last epoch
}

// Validation is what the images came to that were held out of training.
type Validation struct {
	Loss    *float64 `json:"loss"` // mean cross-entropy; null where the network has diverged
	Correct int      `json:"correct"`
	Total   int      `json:"total"`
}

// Epoch is what one epoch came to.
type Epoch struct {
	Epoch           int         `json:"epoch"`             // from 1
	TrainLoss       float64     `json:"train_loss"`        // of the data: mean over the epoch's samples, while training
	Penalty         *Penalty    `json:"penalty,omitempty"` // on the loss; null where there is none
	TrainCorrect    int         `json:"train_correct,omitempty"`
	TrainTotal      int         `json:"train_total,omitempty"`
	Validation      *Validation `json:"validation,omitempty"`
	TestLoss        float64     `json:"test_loss"` // mean cross-entropy over the test set
	TestAccuracy    float64     `json:"test_accuracy"`
	TestCorrect     int         `json:"test_correct"`
	TestTotal       int         `json:"test_total"`
	Seconds         float64     `json:"seconds"`
	ImagesPerSecond float64     `json:"images_per_second"`
}

// Penalty is what was added to the loss of the data, of the weights at an epoch's end.
type Penalty struct {
	L1 *float64 `json:"l1"` // λ·Σ|w|; null where the network has diverged
	L2 *float64 `json:"l2"` // λ·Σw²
}

// Position is what was seen at the output of one layer, over all probed steps.
type Position struct {
	Index      int              `json:"index"` // from 1, in forward order
	Name       string           `json:"name"`  // "conv1", "tanh1", "maxpool1", "linear1" …
	Kind       string           `json:"kind"`
	Shape      []int            `json:"shape"` // of one sample
	Steps      Steps            `json:"steps"`
	GradRMS    *float64         `json:"grad_rms"` // of dL/d(activation), per element
	ActMean    *float64         `json:"act_mean"`
	ActStd     *float64         `json:"act_std"`
	Saturated  *float64         `json:"saturated"`  // fraction of elements; null where the layer is no activation
	Dead       *float64         `json:"dead"`       // fraction of units over DeadSteps; null also when too few samples were seen
	DeadSteps  *Steps           `json:"dead_steps"` // the newest steps with batches and samples enough to judge by; null where Dead is
	Parameters []ParameterProbe `json:"parameters,omitempty"`
}

// ParameterProbe is what was seen of one parameter tensor of a position.
type ParameterProbe struct {
	Name        string   `json:"name"` // "linear1.weight"
	WeightRMS   *float64 `json:"weight_rms"`
	GradRMS     *float64 `json:"grad_rms"`
	UpdateRMS   *float64 `json:"update_rms"`
	UpdateRatio *float64 `json:"update_ratio"` // update_rms / weight_rms
}

// Steps says when figures were gathered: every Every-th step from First to Last, Count in all.
type Steps struct {
	First int `json:"first"` // from 1
	Last  int `json:"last"`
	Every int `json:"every"`
	Count int `json:"count"`
}

// Flow is the gradient at every position during one window of training.
type Flow struct {
	Steps       Steps      `json:"steps"`
	GradRMS     []*float64 `json:"grad_rms"` // by position
	ActStd      []*float64 `json:"act_std"`
	Saturated   []*float64 `json:"saturated"`
	UpdateRatio []*float64 `json:"update_ratio"`          // of the position's weight; null without parameters
	GradSpread  []*float64 `json:"grad_spread,omitempty"` // standard deviation of ln of the gradient over the window's batches
	Dead        []*float64 `json:"dead,omitempty"`        // as a position's, judged at the window's end
}

// LossWindow is the training loss during one window of training, of every step.
type LossWindow struct {
	First int      `json:"first"` // steps
	Last  int      `json:"last"`
	Count int      `json:"count"`
	Mean  *float64 `json:"mean"` // of the batches' mean losses
	SD    *float64 `json:"sd"`
}

// Place is where NaN or an infinity appeared first.
type Place struct {
	Step  int    `json:"step"`
	Epoch int    `json:"epoch"`
	Layer string `json:"layer"` // "" where the loss alone is not finite
	What  string `json:"what"`  // "activation", "gradient" (it has reached the layer's parameters) or "loss"
}

// Comparison is one pair of arms on one metric, paired by seed. Positive differences mean that B's
// metric is larger.
type Comparison struct {
	Study     string   `json:"study"`
	Metric    string   `json:"metric"` // "test_accuracy"
	A         string   `json:"a"`      // names of arms
	B         string   `json:"b"`
	Varied    string   `json:"varied"`    // the label in which they differ
	N         int      `json:"n"`         // pairs
	Corrected int      `json:"corrected"` // comparisons over which p is corrected
	MeanA     float64  `json:"mean_a"`
	MeanB     float64  `json:"mean_b"`
	Diff      Estimate `json:"diff"` // B − A
	T         *float64 `json:"t"`
	P         *float64 `json:"p"`             // paired t test
	PHolm     *float64 `json:"p_holm"`        // corrected over the study's comparisons
	PPerm     *float64 `json:"p_permutation"` // signed permutation test
	PPermHolm *float64 `json:"p_permutation_holm"`
	Verdict   string   `json:"verdict"` // "better", "worse" (of B against A) or "no difference shown"

	Pictures *Pictures `json:"pictures,omitempty"` // the same on the pictures; null unless the test set is run once
}

// Trend is one step of a numeric variable: does accuracy fall, and does the gradient fall with it?
type Trend struct {
	Study    string     `json:"study"`
	Varied   string     `json:"varied"`
	From     string     `json:"from"` // arms
	To       string     `json:"to"`
	Accuracy Comparison `json:"accuracy"`
	Gradient Comparison `json:"gradient"` // metric "log10_grad_first_hidden"
	Verdict  string     `json:"verdict"`
}

// Conclusion is a sentence with what it rests on. The answers to what the study asks come first,
// then the details.
type Conclusion struct {
	Study    string         `json:"study"`
	Answer   bool           `json:"answer"`
	Text     string         `json:"text"`
	Verdict  string         `json:"verdict"`
	Evidence map[string]any `json:"evidence"` // test, seeds, estimate, interval, p …
	Command  string         `json:"command"`  // repeats it
}

// tally counts the outcomes of every arm.
func (r *Results) tally() {
	type key struct{ study, arm string }
	done, failed := map[key]int{}, map[key]int{}
	for _, t := range r.Trials {
		switch t.Status {
		case Done:
			done[key{t.Study, t.Arm}]++
		case Failed:
			failed[key{t.Study, t.Arm}]++
		}
	}
	for i := range r.Parts {
		for j := range r.Parts[i].Arms {
			a := &r.Parts[i].Arms[j]
			a.Finished, a.Failed = done[key{a.Study, a.Name}], failed[key{a.Study, a.Name}]
		}
	}
}

// All is the number of trials, those included with which values were chosen.
func (r *Results) All() int { return len(r.Selection) + len(r.Trials) }

// Count is the number of trials with a status, of all of these.
func (r *Results) Count(status string) int {
	n := 0
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		if t.Status == status {
			n++
		}
	}
	return n
}
