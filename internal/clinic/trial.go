package clinic

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"gradlab/data"
	"gradlab/diagnose"
	"gradlab/internal/published"
	"gradlab/internal/rng"
	"gradlab/internal/wholefile"
	"gradlab/train"
)

// Outcome is what one trial of a network came to, and all that detectors see of it.
type Outcome struct {
	Accuracy float64 // of the test images, at the end
	Steps    int
	Record   diagnose.Record
	Watched  published.Run
}

// Seeds is the number of seeds that each network is trained with.
const Seeds = 3

// seed counts from 1 on, and in the fourth round from 101 on.
func (n Network) seed(i int) uint64 {
	if n.later == Fourth {
		return uint64(101 + i)
	}
	return uint64(1 + i)
}

// Bench trains networks and keeps what they came to.
type Bench struct {
	CIFAR string // data of CIFAR-10, as gradlab run --data takes it
	Cache string // directory of finished trials
	Jobs  int

	mu   sync.Mutex
	sets map[Images]*data.Dataset
}

// numbers of images
const (
	shapesTrain, shapesTest = 4000, 1000
	cifarTrain, cifarTest   = 12000, 2000
)

// Run gives the outcomes of all networks, by seed; done hears of each network that is finished.
func (b *Bench) Run(ctx context.Context, networks []Network, done func(n int)) ([][]Outcome, error) {
	all := make([][]Outcome, len(networks))
	queue := make(chan int)
	errs := make([]error, b.Jobs)
	var finished int
	var jobs sync.WaitGroup
	for j := range b.Jobs {
		jobs.Go(func() {
			for i := range queue {
				if errs[j] != nil {
					continue
				}
				for s := range Seeds {
					o, err := b.trial(ctx, networks[i], networks[i].seed(s))
					if err != nil {
						errs[j] = fmt.Errorf("%s: %w", networks[i].Name(), err)
						break
					}
					all[i] = append(all[i], o)
				}
				b.mu.Lock()
				finished++
				done(finished)
				b.mu.Unlock()
			}
		})
	}
	for i := range networks {
		queue <- i
	}
	close(queue)
	jobs.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// trial trains one network with one seed, unless that has been done.
func (b *Bench) trial(ctx context.Context, n Network, seed uint64) (Outcome, error) {
	path := filepath.Join(b.Cache, n.hash(seed)+".gob")
	var o Outcome
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		if gob.NewDecoder(f).Decode(&o) == nil {
			return o, nil
		}
	}
	set, err := b.set(ctx, n.Data)
	if err != nil {
		return o, err
	}
	batch := min(n.Config.Batch, set.Train.N())
	perEpoch := (set.Train.N() + batch - 1) / batch
	watch := &published.Collector{Steps: published.Schedule(n.Config.Epochs, perEpoch)}
	r, err := train.Run(ctx, train.Trial{Model: n.Model, Data: set, Config: n.Config, Seed: seed, Inspector: watch}, silent{})
	if err != nil {
		return o, err
	}
	o = outcome(r, len(set.Classes), perEpoch, seed)
	o.Watched.Of, o.Watched.Inspections = n.Config.Epochs, watch.Inspections
	return o, save(path, o)
}

type silent struct{}

func (silent) Begin([]train.Event)     {}
func (silent) Step(train.Progress)     {}
func (silent) Window(train.Window)     {}
func (silent) Epoch(train.EpochResult) {}

func save(path string, o Outcome) error {
	w := new(bytes.Buffer)
	if err := gob.NewEncoder(w).Encode(o); err != nil {
		return fmt.Errorf("failed to keep a trial: %w", err)
	}
	return wholefile.Write(path, w.Bytes())
}

// outcome takes out of a result what is kept.
func outcome(r *train.Result, classes, perEpoch int, seed uint64) Outcome {
	last := r.Epochs[len(r.Epochs)-1]
	o := Outcome{Accuracy: last.Accuracy(), Steps: len(r.Epochs) * perEpoch}
	d := diagnose.Record{Seed: seed, Classes: classes, Steps: o.Steps}
	for _, p := range r.Positions {
		d.Positions = append(d.Positions, diagnose.Position{Name: p.Name, Kind: p.Kind, Shape: p.Shape})
	}
	for _, w := range r.Flow {
		d.Windows = append(d.Windows, diagnose.Window{
			First: w.Steps.First, Last: w.Steps.Last, Count: w.Steps.Count, GradRMS: w.GradRMS, GradSpread: w.GradSpread,
			ActStd: w.ActStd, Saturated: w.Saturated, Dead: w.Dead, UpdateRatio: w.UpdateRatio,
		})
	}
	for _, l := range r.Loss {
		d.Losses = append(d.Losses, diagnose.Loss(l))
	}
	for i, e := range r.Epochs {
		step, trained := (i+1)*perEpoch, float64(e.TrainCorrect)/float64(e.TrainTotal)
		d.Epochs = append(d.Epochs, diagnose.Epoch{Step: step, TrainLoss: e.TrainLoss, TestLoss: e.TestLoss, TrainAccuracy: trained, TestAccuracy: e.Accuracy()})
		o.Watched.Epochs = append(o.Watched.Epochs, published.Epoch{Step: step, TrainLoss: e.TrainLoss, TestLoss: e.TestLoss, TrainAccuracy: trained, TestAccuracy: e.Accuracy()})
	}
	if r.NonFinite != nil {
		p := diagnose.Place(*r.NonFinite)
		d.NonFinite = &p
	}
	o.Record = d
	return o
}

// set opens the images, and does to them what i says.
func (b *Bench) set(ctx context.Context, i Images) (*data.Dataset, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.sets[i]; s != nil {
		return s, nil
	}
	if b.sets == nil {
		b.sets = map[Images]*data.Dataset{}
	}
	plain := Images{Source: i.Source}
	s := b.sets[plain]
	if s == nil {
		spec := data.Spec{Source: "shapes", Train: shapesTrain, Test: shapesTest}
		if i.Source != "shapes" {
			spec = data.Spec{Source: b.CIFAR, Train: cifarTrain, Test: cifarTest}
		}
		var err error
		if s, err = data.Open(ctx, spec, data.Options{}); err != nil {
			return nil, err
		}
		b.sets[plain] = s
	}
	changed := *s
	if i.Contrast > 1 {
		changed.Train, changed.Test = faint(s.Train, i.Contrast), faint(s.Test, i.Contrast)
	}
	if i.Noise > 0 {
		changed.Train = mislabelled(changed.Train, i.Noise)
	}
	b.sets[i] = &changed
	return &changed, nil
}

// faint brings pixels nearer to the middle.
func faint(s *data.Set, by int) *data.Set {
	c := *s
	c.Pixels = make([]byte, len(s.Pixels))
	for i, p := range s.Pixels {
		c.Pixels[i] = byte(128 + (int(p)-128)/by)
	}
	return &c
}

// mislabelled draws a fraction of the labels at random.
func mislabelled(s *data.Set, fraction float64) *data.Set {
	c := *s
	c.Labels = make([]uint8, len(s.Labels))
	r := rng.New(3, "clinic", "labels", 0)
	for i, l := range s.Labels {
		if r.Float64() < fraction {
			l = uint8(r.Intn(len(s.Classes)))
		}
		c.Labels[i] = l
	}
	return &c
}

// Has says whether all trials of a network are kept.
func (b *Bench) Has(n Network) bool {
	for s := range Seeds {
		if _, err := os.Stat(filepath.Join(b.Cache, n.hash(n.seed(s))+".gob")); err != nil {
			return false
		}
	}
	return true
}
