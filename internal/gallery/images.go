package gallery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gradlab/data"
	"gradlab/internal/meminfo"
	"gradlab/train"
)

// How many images are shown, of samples and of mistakes, and how many classes of each.
const (
	mostImages = 24
	likeliest  = 3
)

// show adds the images and what the network takes them for.
func (g *Gallery) show(ctx context.Context, n *network, p *Pictures) error {
	config := n.trial.Variant.Train
	switch {
	case n.step > 0 && config.Test == train.TestOnce:
		p.note("The trial is under way, and its study runs the test set once, with the weights of the end: no image of it is shown before.")
		return nil
	case n.step > 0:
		p.note("The trial is under way: images are shown once it has ended.")
		return nil
	case config.Test == train.TestNever && config.Validation == 0:
		p.note("The trial never runs the test set, and holds no images out: none is shown.")
		return nil
	}
	if reason, err := g.openData(ctx, n.part); err != nil {
		return err
	} else if reason != "" {
		p.note(reason)
		p.Again = true
		return nil
	}
	e, err := train.NewEvaluator(train.Trial{
		Model: n.trial.Variant.Model, Data: g.set, Config: config, Seed: n.trial.Seed, Engine: g.engine,
	}, n.weights)
	if err != nil {
		return err
	}
	s := shown{set: g.set.Test, evaluate: e.Test}
	p.Set = "test"
	if config.Test == train.TestNever {
		s = shown{set: g.set.Train, from: e.HeldOut(), evaluate: e.Validate}
		p.Set = "held out"
		p.note("With this trial values are chosen: its images are those that it held out of training, and the test set is not shown.")
	}
	return s.fill(ctx, p)
}

// openData opens the part's data, unless that is open, and gives why it cannot be shown, "" where it can.
func (g *Gallery) openData(ctx context.Context, p *part) (reason string, err error) {
	spec := p.study.Data.String()
	if g.set == nil || g.spec != spec {
		if err := g.Close(); err != nil {
			return "", err
		}
		// The pictures once, and once more while they are read.
		if takes, free := 2*int64(p.Images)*int64(p.Shape[0]*p.Shape[1]*p.Shape[2]), meminfo.Available(); takes > free/2 {
			return fmt.Sprintf("Images are not shown: to open the data may take %d MB of memory, and %d MB are free.", takes>>20, free>>20), nil
		}
		set, err := data.Open(ctx, p.study.Data, g.options)
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return "", ctx.Err()
		}
		if err != nil {
			return fmt.Sprintf("Images are not shown: %v.", err), nil
		}
		g.set, g.spec, g.digest = set, spec, set.Digest()
	}
	if g.digest != p.Digest {
		return fmt.Sprintf("Images are not shown: what is at %s now is not the data that the run was trained on.", spec), nil
	}
	return "", nil
}

// Close gives back what the data takes.
func (g *Gallery) Close() error {
	if g.set == nil {
		return nil
	}
	set := g.set
	g.set, g.spec, g.digest = nil, "", ""
	return set.Close()
}

// shown is the images of a set that are shown to a network.
type shown struct {
	set      *data.Set
	from     []int // numbers; nil is all of them
	evaluate func(ctx context.Context, only []int, each func(logits []float32)) (float64, [][]int, error)
}

// number is that in the set of image i of those that are shown.
func (s *shown) number(i int) int {
	if s.from == nil {
		return i
	}
	return s.from[i]
}

func (s *shown) n() int {
	if s.from == nil {
		return s.set.N()
	}
	return len(s.from)
}

// fill adds samples, then mistakes, which all images are looked at for. What a deadline leaves undone is said.
func (s *shown) fill(ctx context.Context, p *Pictures) error {
	p.Images = s.n()
	chosen := s.choose()
	var samples []Sample
	_, _, err := s.evaluate(ctx, chosen, func(logits []float32) {
		samples = append(samples, s.sample(chosen[len(samples)], logits))
	})
	if err == nil {
		p.Samples = s.drawn(samples)
		err = s.judge(ctx, p)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		p.note(fmt.Sprintf("To look at all %d images takes longer than pictures may: mistakes are not shown.", p.Images))
		p.Again = true
		return nil
	}
	return err
}

// judge looks at all images for the most confident mistakes.
func (s *shown) judge(ctx context.Context, p *Pictures) error {
	var wrong []Sample
	seen := 0
	_, confusion, err := s.evaluate(ctx, s.from, func(logits []float32) {
		if a := s.sample(s.number(seen), logits); a.Predicted != a.Class {
			wrong = append(wrong, a)
		}
		seen++
	})
	if err != nil {
		return err
	}
	for label, row := range confusion {
		for class, n := range row {
			if class != label {
				p.Wrong += n
			}
		}
	}
	p.Judged = true
	slices.SortStableFunc(wrong, func(a, b Sample) int { return cmp.Compare(b.confidence(), a.confidence()) })
	p.Worst = s.drawn(wrong[:min(len(wrong), mostImages)])
	return nil
}

// confidence is the probability of the class that was predicted; 0 of a network that has diverged.
func (a Sample) confidence() float64 {
	if len(a.Top) == 0 {
		return 0
	}
	return a.Top[0].Probability
}

// sample reads what an image is taken for in its logits.
func (s *shown) sample(image int, logits []float32) Sample {
	a := Sample{Image: image, Class: int(s.set.Labels[image]), Top: []Guess{}}
	if s.set.Paths != nil {
		a.Path = s.set.Paths[image]
	}
	order := make([]int, len(logits))
	for c, v := range logits {
		order[c] = c
		if v > logits[a.Predicted] {
			a.Predicted = c
		}
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) - float64(logits[a.Predicted]))
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return a
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
	for _, c := range order[:min(len(order), likeliest)] {
		a.Top = append(a.Top, Guess{c, math.Exp(float64(logits[c])-float64(logits[a.Predicted])) / sum})
	}
	return a
}

// drawn gives samples their pictures.
func (s *shown) drawn(samples []Sample) []Sample {
	for i := range samples {
		samples[i].PNG = draw(s.set.Image(samples[i].Image), s.set.H, s.set.W, s.set.C)
	}
	return append([]Sample{}, samples...)
}

// choose gives the numbers of the images that are shown as samples: the first ones of every class, as many of each as
// there is room for, or of classes evenly spread where there are more than samples; by class.
func (s *shown) choose() []int {
	byClass := make([][]int, len(s.set.Classes))
	for i := range s.n() {
		image := s.number(i)
		class := s.set.Labels[image]
		byClass[class] = append(byClass[class], image)
	}
	byClass = slices.DeleteFunc(byClass, func(images []int) bool { return len(images) == 0 })
	if classes := len(byClass); classes > mostImages {
		for i := range mostImages {
			byClass[i] = byClass[i*classes/mostImages]
		}
		byClass = byClass[:mostImages]
	}
	counts := make([]int, len(byClass))
	for room, grown := mostImages, true; room > 0 && grown; {
		grown = false
		for i := range byClass {
			if room > 0 && counts[i] < len(byClass[i]) {
				counts[i]++
				room--
				grown = true
			}
		}
	}
	var chosen []int
	for i, n := range counts {
		chosen = append(chosen, byClass[i][:n]...)
	}
	return chosen
}
