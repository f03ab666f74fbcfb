package lab

import (
	"context"
	"fmt"
	"slices"

	"gradlab/data"
	"gradlab/study"
)

// sample is the first few images of every class.
func sample(set *data.Set) []Sample {
	var all []Sample
	for class, images := range data.Examples(set, samplePerClass) {
		for _, i := range images {
			all = append(all, Sample{class, slices.Clone(set.Image(i))}) // it outlives the set
		}
	}
	return all
}

// illustrate sets the pictures of the data: a sample, and some of it before and after the transforms of the first arm that
// has some.
func (d *Data) illustrate(set *data.Dataset, p study.Part) {
	d.Sample = sample(set.Train)
	for _, a := range p.Arms {
		if len(a.Train.Transforms) == 0 {
			continue
		}
		if draws, err := data.DrawsOf(set, a.Train.Transforms, p.Seeds[0], samplePerClass); err == nil {
			d.Drawn = draws.Sheet(set.Train, 1)
			d.DrawnNote = fmt.Sprintf("Training images before and after the transforms of %s: %v, as seed %d trains on them.", a.Name, draws, p.Seeds[0])
		}
		return
	}
}

// Resample looks for the samples of the data again, which results.json does not hold. Data that is
// not where it was, or is other data now, leaves its part without a sample.
func Resample(ctx context.Context, r *Results, o data.Options) {
	type found struct {
		set    *data.Dataset // nil for none
		digest string
	}
	sets := map[string]found{}
	defer func() {
		for _, f := range sets {
			if f.set != nil {
				f.set.Close()
			}
		}
	}()
	for i := range r.Parts {
		p := &r.Parts[i]
		s, err := study.Parse("results.json", []byte(p.Source))
		if err != nil {
			continue
		}
		parts, err := s.Parts()
		if err != nil || len(parts) != 1 {
			continue
		}
		spec := parts[0].Data
		if _, tried := sets[spec.String()]; !tried {
			var f found
			if set, err := data.Open(ctx, spec, o); err == nil {
				f = found{set, set.Digest()}
			}
			sets[spec.String()] = f
		}
		if f := sets[spec.String()]; f.set != nil && f.digest == p.Data.Digest {
			p.Data.illustrate(f.set, parts[0])
			p.showMistakes(f.set.Test)
		}
	}
}

// samplePerClass is how many images of each class the report may show.
const samplePerClass = 8
