package lab

import (
	"math"

	"gradlab/internal/stats"
)

// Analyse works out everything that follows from the trials of r: the summaries of its arms, the
// comparisons, the trends and the conclusions. It reads Parts and Trials and replaces the rest.
func Analyse(r *Results) {
	r.tally()
	r.Comparisons, r.Trends, r.Conclusions = nil, nil, nil
	for i := range r.Parts {
		e := gather(r, &r.Parts[i])
		e.summarise()
		if c := e.part.Choice; c != nil {
			c.judge(e.part.Study, r.Selection)
		}
		if len(e.part.Against) > 0 {
			e.analyseAgainst(r)
			continue
		}
		steps := e.steps()
		accuracy := e.compare(steps, MetricAccuracy, testAccuracy)
		judged := e.outcomes()
		if judged != nil {
			judged.compareOnPictures(accuracy)
		}
		trends := e.trends(steps, accuracy)
		r.Comparisons = append(r.Comparisons, accuracy...)
		r.Trends = append(r.Trends, trends...)
		r.Conclusions = append(r.Conclusions, conclude(e, accuracy, trends, r.Command)...)
		e.part.Leaders = leaders(e.part.Arms, accuracy)
		e.unbeaten()
	}
}

// compare tests one metric on every step, paired by seed, with Holm's correction over all of them.
func (e evidence) compare(steps []step, metric string, figure func(*Trial) float64) []Comparison {
	comparisons := make([]Comparison, len(steps))
	for i, s := range steps {
		c := bySeed(e.by(s.a.Name, figure), e.by(s.b.Name, figure))
		c.Study, c.Metric, c.A, c.B, c.Varied = e.part.Study, metric, s.a.Name, s.b.Name, s.variable.Name
		comparisons[i] = c
	}
	correct(comparisons)
	return comparisons
}

// bySeed compares two arms' figures, by seed.
func bySeed(a, b map[uint64]float64) Comparison {
	pairs := stats.Pair(a, b)
	diffs := pairs.Diffs()
	t := stats.PairedT(diffs)
	perm := math.NaN()
	if len(diffs) > 1 { // a single run is not ranked
		perm = stats.SignFlip(diffs, resamples, 0).P
	}
	return Comparison{
		N: len(diffs), MeanA: stats.Mean(pairs.A, level).Mean, MeanB: stats.Mean(pairs.B, level).Mean,
		Diff: Estimate(stats.Mean(diffs, level)), T: finite(t.T), P: finite(t.P), PPerm: finite(perm),
	}
}

// correct corrects the p values of comparisons for how many there are, and gives the verdicts.
func correct(comparisons []Comparison) {
	var ps, perms []float64
	made := 0 // Holm's correction leaves out the tests that could not be made
	for _, c := range comparisons {
		ps, perms = append(ps, known(c.P)), append(perms, known(c.PPerm))
		made += one(c.P != nil)
	}
	holm, permHolm := stats.Holm(ps), stats.Holm(perms)
	for i := range comparisons {
		c := &comparisons[i]
		c.Corrected = made
		c.PHolm, c.PPermHolm = finite(holm[i]), finite(permHolm[i])
		c.Verdict = verdict(c)
	}
}

// Across compares the arms of two runs that have the same name in the same part: b against a, by seed. Two runs of one
// part each are compared whatever these are called. Arms without a seed in common are left out.
func Across(a, b *Results) []Comparison {
	var all []Comparison
	for i := range a.Parts {
		for k := range b.Parts {
			p, q := &a.Parts[i], &b.Parts[k]
			if p.Study != q.Study && (len(a.Parts) > 1 || len(b.Parts) > 1) {
				continue
			}
			e, f := gather(a, p), gather(b, q)
			for _, arm := range p.Arms {
				c := bySeed(e.by(arm.Name, testAccuracy), f.by(arm.Name, testAccuracy))
				if c.N == 0 {
					continue
				}
				c.Study, c.Metric, c.A, c.B = p.Study, MetricAccuracy, arm.Name, arm.Name
				all = append(all, c)
			}
		}
	}
	correct(all)
	return all
}

// verdict goes by the paired t test. Where all differences are the same number other than zero, as
// a coarse test set may give, there is no spread for it to go by, its p of 0 means nothing, and the
// permutation test decides.
func verdict(c *Comparison) string {
	p := c.PHolm
	if c.noSpread() {
		p = c.PPermHolm
	}
	switch {
	case p == nil || *p > alpha:
		return NoDifference
	case c.Diff.Mean > 0:
		return Better
	default:
		return Worse
	}
}

// noSpread tells whether all differences are one number other than zero, up to the rounding of a
// difference of two accuracies.
func (c *Comparison) noSpread() bool {
	return c.N > 1 && c.Diff.Mean != 0 && c.Diff.SD <= 1e-9*math.Abs(c.Diff.Mean)
}

// swapped is the same comparison seen from the other arm.
func (c Comparison) swapped() Comparison {
	c.A, c.B, c.MeanA, c.MeanB, c.Diff = c.B, c.A, c.MeanB, c.MeanA, negated(c.Diff)
	if c.T != nil {
		c.T = finite(-*c.T)
	}
	switch c.Verdict {
	case Better:
		c.Verdict = Worse
	case Worse:
		c.Verdict = Better
	}
	return c
}

// permutationDisagrees tells whether the permutation test comes to another verdict.
func (c *Comparison) permutationDisagrees() bool {
	return c.PPermHolm != nil && (c.Verdict != NoDifference) != (*c.PPermHolm <= alpha)
}

// trends compares the gradient at the first hidden fully-connected layer at each step of a numeric
// variable, corrected over these, and sets it beside the accuracy.
func (e evidence) trends(steps []step, accuracy []Comparison) []Trend {
	var along []step
	var trends []Trend
	for i, s := range steps {
		if s.variable.trend() {
			along = append(along, s)
			trends = append(trends, Trend{
				Study: e.part.Study, Varied: s.variable.Name, From: s.a.Name, To: s.b.Name, Accuracy: accuracy[i],
			})
		}
	}
	for i, gradient := range e.compare(along, MetricGradient, firstGradient) {
		t := &trends[i]
		t.Gradient = gradient
		t.Verdict = fallVerdict(along[i].variable, t.Accuracy, t.gradientFalls(e.part.arm(t.From), e.part.arm(t.To)))
	}
	return trends
}

// fallVerdict is the verdict of a trend's step.
func fallVerdict(v Variable, accuracy Comparison, gradientFalls bool) string {
	switch {
	case !v.Layers: // the gradient at a depth is no explanation, and a scale of other numbers has no cliffs
		return accuracy.Verdict
	case accuracy.Verdict != Worse:
		return NoFall
	case isCliff(accuracy) && gradientFalls:
		return CliffWithGradient
	case isCliff(accuracy):
		return CliffWithoutGradient
	case gradientFalls:
		return FallWithGradient
	}
	return FallWithoutGradient
}

// isCliff tells whether an accuracy falls by more than cliff over its whole interval.
func isCliff(c Comparison) bool { return c.Verdict == Worse && c.Diff.High < -cliff }

// gradientFalls tells whether the gradient is shown to fall at the step. A gradient of exactly zero
// has no logarithm to be compared: one that vanished in every seed after the step and in none before
// it has fallen.
func (t *Trend) gradientFalls(from, to *Arm) bool {
	return t.Gradient.Verdict == Worse || t.Accuracy.N > 1 && to.Vanished.all() && from.Vanished.none()
}
