package study

import (
	"gradlab/data"
	"gradlab/nn"
	"gradlab/remedy"
	"gradlab/train"
)

// A Study is a study file as it was read and changed by Set.
type Study struct {
	root      *node
	overrides []assignment
}

// A Part is one study with its arms. A plain study is one part; a tour has several.
type Part struct {
	Name     string
	Question string // what the study asks, in a sentence
	Data     data.Spec
	Seeds    []uint64
	Arms     []Arm
	Against  []string // names of the arms with which every other one is compared; nil for every pair
	Choice   *Choice  // how arms with several candidates come to their values; nil where there is nothing to choose
	Source   string   // the study with all defaults and changes, as YAML that expands to this part again
}

// An Arm is one combination of the varied values.
type Arm struct {
	Name   string  // "tanh · depth 3": what tells it from the part's other arms
	Labels []Label // in declared order
	Model  nn.Model
	Train  train.Config

	// Model and Train are what the remedy makes of those of the file; where trials draw it by their seed, they
	// are the file's.
	Remedy  remedy.Remedy
	Changes []string         // what the remedy changed, in words; nil where it is drawn
	Drawn   []remedy.Variant // what trials may draw; nil where there is nothing to draw

	// Candidates are what is chosen from, weakest first, each named by its values: "l2 0.001". Until Choose, the arm
	// is like the first of them. nil in a study that chooses nothing.
	Candidates []Arm
}

// At is the arm in the trials of a seed: its model and training, and what the remedy changed.
func (a Arm) At(seed uint64) remedy.Variant {
	if a.Drawn != nil {
		return remedy.Draw(a.Drawn, seed)
	}
	return remedy.Variant{Subject: remedy.Subject{Model: a.Model, Train: a.Train}, Name: a.Remedy.String(), Changes: a.Changes}
}

// A Label is one varied value of an arm.
type Label struct {
	Name  string
	Value any // string, int64, float64 or bool
}

// Parse reads a study file. The filename is for errors. An error in the file is an *Error, several
// are Errors.
func Parse(filename string, src []byte) (*Study, error) {
	root, err := read(filename, src)
	if err != nil {
		return nil, err
	}
	if err := takeFormat(root); err != nil {
		return nil, err
	}
	return checked(root)
}

// checked is a study of which every part can be expanded.
func checked(root *node) (*Study, error) {
	s := &Study{root: root}
	if _, err := s.Parts(); err != nil {
		return nil, err
	}
	return s, nil
}

// Name is the study's name: "depth".
func (s *Study) Name() string {
	if n := s.root.get("study"); n != nil {
		return n.text()
	}
	return ""
}

// Parts expands the study, with what Set changed. Errors are those of Parse.
func (s *Study) Parts() ([]Part, error) {
	if s.root.get("studies") != nil {
		return s.tour()
	}
	root := s.root.clone()
	if err := override(root, s.overrides); err != nil {
		return nil, err
	}
	part, err := expand(root, len(s.overrides) > 0)
	if err != nil {
		return nil, err
	}
	return []Part{part}, nil
}
