package report

import (
	"math"
	"strings"

	"gradlab/lab"
)

// hostile is a name that tries everything at once: markup, attributes, terminal control, formulas,
// paths, Markdown, bytes that are no UTF-8, a change of direction and great length.
var hostile = "=<script>alert(1)</script>\"' onload='x' --><!-- ]]> </style></svg> ../../../etc/passwd \x1b[31mred\x00 `x` ``` [a](javascript:alert(1)) | \xff\xfe \u202eevil\u2028 ${x} {{.}} " + strings.Repeat("long ", 60)

// cases are results of every kind that a report must survive.
func cases() map[string]*lab.Results {
	nan := math.NaN()
	all := map[string]*lab.Results{"ordinary": small(), "zero": {}, "no arms": {Study: "x", Parts: []lab.Part{{Study: "x"}}}}
	change := func(name string, f func(r *lab.Results)) {
		r := small()
		f(r)
		all[name] = r
	}
	change("no trials", func(r *lab.Results) { r.Trials = nil })
	change("one seed", func(r *lab.Results) {
		r.Trials = filter(r.Trials, func(t lab.Trial) bool { return t.Seed == 0 })
		for _, p := range r.Parts {
			for i := range p.Arms {
				e := p.Arms[i].TestAccuracy
				e.Low, e.High, e.SD, e.N = nan, nan, nan, 1
				p.Arms[i].Finished, p.Arms[i].TestLoss, p.Arms[i].Slope = 1, nil, nil
			}
		}
		r.Comparisons, r.Trends, r.Conclusions = nil, nil, nil
	})
	change("failed", func(r *lab.Results) {
		for i := range r.Trials {
			r.Trials[i].Status, r.Trials[i].Error = "failed", "failed to train: loss is NaN at step 12"
			r.Trials[i].Positions, r.Trials[i].Flow, r.Trials[i].Epochs = nil, nil, r.Trials[i].Epochs[:0]
		}
		for _, p := range r.Parts {
			for i := range p.Arms {
				p.Arms[i].Finished, p.Arms[i].Failed, p.Arms[i].TestAccuracy, p.Arms[i].Slope = 0, p.Seeds, nil, nil
			}
		}
	})
	change("not a number", func(r *lab.Results) {
		for i := range r.Trials {
			t := &r.Trials[i]
			for j := range t.Epochs {
				t.Epochs[j].TrainLoss, t.Epochs[j].TestLoss = math.Inf(1), nan
			}
			for j := range t.Positions {
				t.Positions[j].GradRMS, t.Positions[j].Dead, t.Positions[j].Saturated = ptr(nan), ptr(math.Inf(-1)), ptr(nan)
			}
			for j := range t.Flow {
				t.Flow[j].GradRMS[0], t.Flow[j].GradRMS[1], t.Flow[j].GradRMS[2] = ptr(nan), nil, ptr(0)
			}
			t.PerClass[0] = nan
		}
		for i := range r.Comparisons {
			c := &r.Comparisons[i]
			c.Diff, c.P, c.PHolm, c.T = lab.Estimate{Mean: nan, Low: nan, High: nan, SD: nan}, ptr(nan), nil, ptr(math.Inf(1))
		}
		*r.Parts[0].Arms[0].TestAccuracy = lab.Estimate{Mean: nan, Low: nan, High: nan, SD: nan}
		r.Parts[0].Arms[1].TestLoss.Mean = math.Inf(1)
	})
	change("huge and ragged", func(r *lab.Results) {
		for i := range r.Trials {
			t := &r.Trials[i]
			t.Epochs[len(t.Epochs)-1].TrainLoss = 1e300 * float64(i%2)
			t.Epochs = t.Epochs[:len(t.Epochs)-i%2]
			t.Flow = t.Flow[:len(t.Flow)-i%7]
			if len(t.Flow) > 0 {
				t.Flow[0].GradRMS = t.Flow[0].GradRMS[:3]
			}
			t.Positions = t.Positions[:len(t.Positions)-i%3]
			t.Confusion = t.Confusion[:i%11]
			if len(t.Confusion) > 2 {
				t.Confusion[2] = []int{0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}
			}
		}
		r.Parts[0].Data.Classes, r.Parts[0].Data.Shape = nil, nil
		r.Parts[1].Data.Classes = []string{"only"}
	})
	change("hostile", func(r *lab.Results) {
		h := hostile
		r.Study, r.Command, r.Started, r.Warnings = h, h, h, []string{h}
		r.Machine.OS, r.Machine.ISA, r.Machine.Go = h, "portable", h
		for i := range r.Parts {
			p := &r.Parts[i]
			p.Study, p.Question, p.Source, p.Data.Name = h, h, h+"\n"+h, h
			p.Leaders, p.Varied = []string{h + h}, []lab.Variable{{Name: h, Numeric: true, Values: []string{h, h, h}}}
			for j := range p.Data.Classes {
				p.Data.Classes[j] = h
			}
			for j := range p.Arms {
				p.Arms[j].Study, p.Arms[j].Name, p.Arms[j].Layers = h, h, []string{h, h}
				p.Arms[j].Labels = map[string]any{h: h, "n": j}
			}
		}
		for i := range r.Trials {
			t := &r.Trials[i]
			t.Study, t.Arm, t.Error, t.Digest, t.ID, t.Status = h, h, h, h, h, []string{"done", h}[i%2]
			for j := range t.Positions {
				t.Positions[j].Name, t.Positions[j].Kind = h, h
			}
		}
		for i := range r.Comparisons {
			c := &r.Comparisons[i]
			c.Study, c.A, c.B, c.Varied, c.Metric, c.Verdict = h, h, h, h, []string{"test_accuracy", h}[i%2], h
		}
		for i := range r.Trends {
			t := &r.Trends[i]
			t.Study, t.From, t.To, t.Verdict = h, h, h, h
		}
		for i := range r.Conclusions {
			c := &r.Conclusions[i]
			c.Study, c.Text, c.Verdict, c.Command = h, h, h, h
			c.Evidence = map[string]any{h: h, "x": []any{h, map[string]any{h: math.Inf(1)}}, "f": func() {}}
		}
	})
	change("many arms", func(r *lab.Results) {
		p := &r.Parts[0]
		for i := range 60 {
			a := p.Arms[i%5]
			a.Name += strings.Repeat("′", i/5+1)
			for _, t := range r.Trials {
				if t.Study == p.Study && t.Arm == p.Arms[i%5].Name && t.Seed < 2 {
					t.Arm = a.Name
					r.Trials = append(r.Trials, t)
				}
			}
			p.Arms = append(p.Arms, a)
		}
	})
	change("equal values", func(r *lab.Results) {
		for i := range r.Trials {
			for j := range r.Trials[i].Positions {
				r.Trials[i].Positions[j].GradRMS = ptr(1e-3)
			}
			for j := range r.Trials[i].Flow {
				for k := range r.Trials[i].Flow[j].GradRMS {
					r.Trials[i].Flow[j].GradRMS[k] = ptr(1e-3)
				}
			}
			for j := range r.Trials[i].Epochs {
				r.Trials[i].Epochs[j] = lab.Epoch{Epoch: j + 1}
			}
		}
	})
	return all
}
