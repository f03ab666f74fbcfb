package gallery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"gradlab/internal/kernel"
	"gradlab/internal/runlog"
	"gradlab/internal/safetensors"
	"gradlab/nn"
	"gradlab/study"
	"gradlab/train"
)

// errNoWeights says that there are no weights of a trial.
var errNoWeights = errors.New("no weights are kept")

// network is a trial's network with the weights that were kept.
type network struct {
	part    *part
	trial   study.Trial
	weights []nn.Tensor[float32]
	step    int               // of a checkpoint; 0 of the weights of the end
	plan    *nn.Plan[float32] // for one sample, with the weights
	in      nn.Shape          // of what the network sees
	notes   []string
}

// load reads the weights of a trial, and finds what they are the weights of.
func (g *Gallery) load(t Trial) (*network, error) {
	if t.Part < 0 || t.Part >= len(g.parts) {
		return nil, fmt.Errorf("the run has no part %d", t.Part)
	}
	n := &network{part: &g.parts[t.Part]}
	said, err := g.read(t, n)
	if err != nil {
		return nil, err
	}
	numerics, err := strconv.Atoi(said["gradlab.numerics"])
	if err != nil || said["gradlab.trial"] != t.ID {
		return nil, fmt.Errorf("the weights of trial %s are not its own: the file says that they are of trial %q", t.ID, said["gradlab.trial"])
	}
	found := false
	if n.trial, found = n.part.find(t, numerics); !found {
		return nil, fmt.Errorf("the study of %s does not ask for trial %s", g.run, t.ID)
	}
	if err := n.compile(g.engine); err != nil {
		return nil, fmt.Errorf("the weights of trial %s do not fit its network: %w", t.ID, err)
	}
	switch digest := said["gradlab.digest"]; {
	case n.step > 0: // a checkpoint has a checksum of its own
	case numerics != kernel.Numerics:
		n.notes = append(n.notes, fmt.Sprintf("The network was trained with numerics %d, and this gradlab computes with %d: what it sees may differ by rounding.", numerics, kernel.Numerics))
	case digest != n.plan.Digest():
		return nil, fmt.Errorf("the weights of trial %s are damaged: they are not those that their digest was taken of", t.ID)
	}
	return n, nil
}

// read reads the trial's weights, or else its newest checkpoint, into n, and gives what the file says of itself.
func (g *Gallery) read(t Trial, n *network) (map[string]string, error) {
	bytes, err := os.ReadFile(runlog.WeightsPath(g.run, t.ID))
	if errors.Is(err, fs.ErrNotExist) {
		if said, found, err := g.readCheckpoint(t, n); found || err != nil {
			return said, err
		}
		bytes, err = os.ReadFile(runlog.WeightsPath(g.run, t.ID)) // it may have ended in between
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("trial %s: %w", t.ID, errNoWeights)
	}
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Decode(bytes)
	if err != nil {
		return nil, fmt.Errorf("the weights of trial %s are damaged: %w", t.ID, err)
	}
	for _, w := range f.Tensors {
		values, err := w.Float32s()
		if err != nil {
			return nil, fmt.Errorf("the weights of trial %s are damaged: %w", t.ID, err)
		}
		n.weights = append(n.weights, nn.Tensor[float32]{Name: w.Name, Shape: w.Shape, Values: values})
	}
	return f.Metadata, nil
}

// readCheckpoint reads where a trial under way stands.
func (g *Gallery) readCheckpoint(t Trial, n *network) (said map[string]string, found bool, err error) {
	bytes, err := os.ReadFile(runlog.CheckpointPath(g.run, t.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	c, err := train.ReadCheckpoint(bytes)
	if err != nil {
		return nil, false, fmt.Errorf("trial %s: %w", t.ID, err)
	}
	n.weights, n.step = c.Weights(), c.Step()
	return map[string]string{"gradlab.trial": c.Trial(), "gradlab.numerics": strconv.Itoa(kernel.Numerics)}, true, nil
}

// find looks for the trial of a hash among all that the study may ask for: those of every value that may be chosen, and
// those that choose.
func (p *part) find(t Trial, numerics int) (study.Trial, bool) {
	s := p.study
	s.Seeds, s.Arms = []uint64{t.Seed}, nil
	for _, a := range p.study.Arms {
		if len(a.Candidates) == 0 {
			s.Arms = append(s.Arms, a)
		}
		for i := range a.Candidates {
			s.Arms = append(s.Arms, a.Choose(i))
		}
	}
	all := s.Trials(numerics, p.Digest)
	if p.study.Choice != nil {
		s.Arms = p.study.Arms
		choice := *p.study.Choice
		choice.Seeds = s.Seeds
		s.Choice = &choice
		all = append(all, s.Selection(numerics, p.Digest)...)
	}
	for _, known := range all {
		if known.Hash == t.ID {
			return known, true
		}
	}
	return study.Trial{}, false
}

// compile makes the network's plan, and gives it the weights.
func (n *network) compile(engine *nn.Engine) error {
	v := n.trial.Variant
	var err error
	if n.in, err = v.Train.InputShape(n.part.Shape[0], n.part.Shape[1], n.part.Shape[2]); err != nil {
		return err
	}
	if n.plan, err = nn.Compile[float32](v.Model, n.in, len(n.part.Classes), nn.Options{Batch: 1, Engine: engine}); err != nil {
		return err
	}
	var values nn.Snapshot[float32]
	if err := n.plan.SetTensors(&values, n.weights); err != nil {
		return err
	}
	n.plan.Restore(&values)
	return nil
}
