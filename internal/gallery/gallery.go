// Package gallery is what a trained network looks like and what it sees: the filters of its first layer, what it takes
// some images for, and its most confident mistakes.
//
// Everything comes from a run directory (the weights that a trial ended with, or its newest checkpoint) and from the
// data, which is opened again. A trial is found in the study by its hash, and weights are held against their digest, so
// that no picture is of another network. Of data that is not there any more, or is other data now, no image is shown;
// filters still are. The test set is shown of trials alone that have ended and run it: what values are chosen with
// never sees it here either.
//
// It computes on one thread, since training may run beside it.
//
// Read gallery.go, then network.go (finding and loading a network), filters.go, images.go and pixels.go.
package gallery

import (
	"context"
	"errors"
	"fmt"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/study"
)

// A Part is what a run directory says of a part of its study.
type Part struct {
	Source  string   // the study file as it was expanded
	Digest  string   // of its data
	Shape   []int    // height, width, channels of an image
	Classes []string // names
	Images  int      // in the training and the test set together
}

// A Trial says which one is meant.
type Trial struct {
	Part int
	ID   string // its hash
	Seed uint64
}

// Pictures is a trained network in pictures.
type Pictures struct {
	Step    int      `json:"step,omitempty"` // after which the weights are, of a trial under way; 0 of one that has ended
	Filters *Filters `json:"filters"`        // null without a layer that has any
	Set     string   `json:"set"`            // what samples and mistakes are of: "test", "held out", or "" for none
	Images  int      `json:"images"`         // in that set
	Wrong   int      `json:"wrong"`          // of these, how many were taken for another class; meaningless without Judged
	Judged  bool     `json:"judged"`         // all of them were looked at
	Samples []Sample `json:"samples"`        // spread over the classes, in their order; of the test set the same ones for every trial
	Worst   []Sample `json:"mistakes"`       // the most confident mistakes over the set, the most confident first
	Notes   []string `json:"notes"`          // why something is missing, in sentences
	Again   bool     `json:"again"`          // another time there may be more: the data could not be opened, or it took too long
}

// Filters are those of a network's first layer that has any, all drawn to one range.
type Filters struct {
	Layer string   `json:"layer"` // "conv1", or "linear1", whose units see the whole image
	All   int      `json:"all"`   // how many the layer has; the largest by norm are shown, in the layer's order
	Shape []int    `json:"shape"` // height, width, channels of one
	Limit float64  `json:"limit"` // weights are drawn from −Limit, black, to Limit, white: the largest magnitude that is shown
	Shown []Filter `json:"shown"`
}

// Filter is the weights of one filter.
type Filter struct {
	Index int      `json:"index"` // in the layer, from 0
	Norm  *float64 `json:"norm"`  // Euclidean; null where it is no number
	PNG   string   `json:"png"`   // a data URI: in colour over three channels, grey over one
}

// Sample is an image, and what the network takes it for.
type Sample struct {
	Image     int     `json:"image"` // its number in the test set, or in the training set where it was held out, from 0
	Path      string  `json:"path,omitempty"`
	PNG       string  `json:"png"` // a data URI: the image as the data has it, before transforms
	Class     int     `json:"class"`
	Predicted int     `json:"predicted"`
	Top       []Guess `json:"top"` // the three likeliest classes, the likeliest first; empty where the network has diverged
}

// Guess is a class with its probability by the softmax.
type Guess struct {
	Class       int     `json:"class"`
	Probability float64 `json:"probability"`
}

// A Gallery shows the trials of one run. It serves one goroutine at a time.
type Gallery struct {
	run     string // its path
	options data.Options
	parts   []part
	engine  *nn.Engine

	set    *data.Dataset // the newest that was opened; nil for none
	spec   string        // of set
	digest string        // of set
}

// part is a Part with its study read.
type part struct {
	Part
	study study.Part
}

// Open makes a gallery of the run at path. It reads the studies, and opens no data yet.
func Open(path string, parts []Part, o data.Options) (*Gallery, error) {
	engine, err := nn.NewEngine("auto", 1)
	if err != nil {
		return nil, err
	}
	g := &Gallery{run: path, options: o, engine: engine}
	for i, p := range parts {
		s, err := study.Parse("study.yaml", []byte(p.Source))
		if err != nil {
			return nil, fmt.Errorf("failed to read the study of %s: %w", path, err)
		}
		expanded, err := s.Parts()
		if err != nil {
			return nil, fmt.Errorf("failed to read the study of %s: %w", path, err)
		}
		if len(expanded) != 1 || len(p.Shape) != 3 || len(p.Classes) == 0 {
			return nil, fmt.Errorf("failed to read the study of %s: part %d is none", path, i+1)
		}
		g.parts = append(g.parts, part{p, expanded[0]})
	}
	return g, nil
}

// Trial gives the pictures of a trial. What cannot be shown, since there are no weights or the data is gone, is missing
// with a note. It fails for weights that are damaged, and for a trial that the study does not ask for. Where ctx ends by
// its deadline, what is there by then is given.
func (g *Gallery) Trial(ctx context.Context, t Trial) (*Pictures, error) {
	p := &Pictures{Samples: []Sample{}, Worst: []Sample{}, Notes: []string{}}
	n, err := g.load(t)
	if errors.Is(err, errNoWeights) {
		p.note("There is nothing to draw: no weights of this trial are kept. It has failed, or not come to its first checkpoint, or its run keeps none (--no-weights).")
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to draw the network: %w", err)
	}
	p.Step, p.Notes = n.step, append(p.Notes, n.notes...)
	if p.Filters = n.filters(); p.Filters == nil {
		p.note("The network has no convolution, and no layer of units that see the image itself: there are no filters to draw.")
	}
	if err := g.show(ctx, n, p); err != nil {
		return nil, fmt.Errorf("failed to draw what the network sees: %w", err)
	}
	return p, nil
}

func (p *Pictures) note(text string) { p.Notes = append(p.Notes, text) }
