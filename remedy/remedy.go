// Package remedy turns a network that does not learn into its remedied twin: what is put against vanishing
// gradients, each as a transformation of a model and of how it is trained, which says in words what it changed.
//
// Parse reads a name, "he-init" or "skip+batchnorm"; Variants applies it. Two controls stand among the remedies,
// drawn by a trial's seed: a remedy at random, and a placebo, a change that by rights does nothing.
//
// A placebo is one of these: other initial values of the same distribution, or another order of the images, since
// what works does so for any draw; a learning rate 5 % higher, since nobody tunes it that finely; and three more
// units in a layer of dozens.
//
// It imports nn, optim, train and rng. It promises that a remedy which changes nothing is an error, that one is
// never half applied, and that what it gives compiles where what it got did.
package remedy

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// Subject is what a remedy changes: a model, and how it is trained.
type Subject struct {
	Model nn.Model
	Train train.Config
}

// A Step is one remedy of a composition.
type Step struct {
	Name  string     // one of Names
	Clip  optim.Clip // of "clip"; the zero value is the global norm at 1
	Slope float64    // of "leaky-relu"; 0 is PyTorch's 0.01
}

// A Remedy is remedies applied one after the other. Without any it is "none" and changes nothing.
type Remedy []Step

// None is the name of the remedy that changes nothing.
const None = "none"

// A Kind is a remedy that has a name.
type Kind struct {
	Name string
	Does string // in a few words
	make func(s *Subject, step Step) (changes []string, err error)
}

// kinds are all remedies but the controls, in the order in which they are listed.
var kinds = []Kind{
	{"he-init", "weights of variance 2/fan_in (He et al. 2015), biases of zero", initialise("he-normal")},
	{"xavier-init", "weights of variance 2/(fan_in + fan_out) (Glorot and Bengio 2010), biases of zero", initialise("xavier-uniform")},
	{"orthogonal-init", "orthogonal weights (Saxe et al. 2013), biases of zero", initialise("orthogonal")},
	{"lsuv-init", "orthogonal weights, scaled to outputs of unit variance on training images (Mishkin and Matas 2016), biases of zero", initialise("lsuv")},
	{"batchnorm", "batch normalisation between each hidden layer and its activation, in place of the layer's bias (Ioffe and Szegedy 2015)", normalise(nn.BatchNorm{})},
	{"layernorm", "layer normalisation between each hidden layer and its activation (Ba et al. 2016)", normalise(nn.LayerNorm{})},
	{"relu", "ReLU as every hidden activation", activate("relu")},
	{"leaky-relu", "leaky ReLU as every hidden activation", activate("leaky-relu")},
	{"selu", "SELU as every hidden activation, with the weights of variance 1/fan_in that it needs (Klambauer et al. 2017)", selu},
	{"skip", "a residual block around each hidden layer and its activation (He et al. 2016)", skip},
	{"clip", "gradients clipped at a global norm of 1 (Pascanu et al. 2013)", clip},
}

// Names of the controls.
const (
	Random  = "random"
	Placebo = "placebo"
)

// Kinds lists the remedies and the controls.
func Kinds() []Kind {
	return append(slices.Clone(kinds),
		Kind{Name: Random, Does: "control: one of the remedies above and skip+batchnorm, drawn by the trial's seed"},
		Kind{Name: Placebo, Does: "control: a change that by rights does nothing, drawn by the trial's seed"})
}

// Names lists the names that Parse takes, alone or joined by +.
func Names() []string {
	names := []string{None}
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// maxSteps bounds a composition.
const maxSteps = 8

// Parse reads "none", a name, or names joined by +, which are applied from left to right.
func Parse(text string) (Remedy, error) {
	if text == None {
		return nil, nil
	}
	var r Remedy
	for _, name := range strings.Split(text, "+") {
		name = strings.TrimSpace(name)
		if name == None || !slices.Contains(Names(), name) {
			return nil, &problem{fmt.Sprintf("there is no remedy %q", name), "remedies are " + strings.Join(Names()[1:], ", ") + "; a+b is a and then b"}
		}
		r = append(r, Step{Name: name})
	}
	return r, r.Check()
}

// Check says which composition makes no sense.
func (r Remedy) Check() error {
	if len(r) > maxSteps {
		return fmt.Errorf("%d remedies at once, expected %d at most", len(r), maxSteps)
	}
	drawn := 0
	for i, s := range r {
		if s.draws() {
			drawn++
		}
		if slices.ContainsFunc(r[:i], func(o Step) bool { return o.Name == s.Name }) {
			return &problem{fmt.Sprintf("the remedy %s stands there twice", s.Name), "remove one of the two"}
		}
	}
	if drawn > 1 {
		return &problem{"random and placebo stand there together", "a trial's seed draws one change: compare the two as arms"}
	}
	return nil
}

// String is the name that Parse reads, and "none" of the one that changes nothing.
func (r Remedy) String() string {
	if len(r) == 0 {
		return None
	}
	var names []string
	for _, s := range r {
		names = append(names, s.Name)
	}
	return strings.Join(names, "+")
}

// Drawn says whether the trial's seed has a say in what the remedy changes.
func (r Remedy) Drawn() bool { return slices.ContainsFunc(r, Step.draws) }

func (s Step) draws() bool { return s.Name == Random || s.Name == Placebo }

// A problem is an error with advice.
type problem struct{ text, hint string }

func (e *problem) Error() string { return e.text }

// Hint is the advice.
func (e *problem) Hint() string { return e.hint }
