package diagnose

import "math"

// Findings is the trouble in one record.
func Findings(r Record) []Finding {
	var all []Finding
	add := func(f Finding, found bool) {
		if found {
			f.Try = r.untried(f.Try)
			all = append(all, f)
		}
	}
	s := SignsOf(r)
	add(notFinite(r))
	add(vanishing(r, s))
	add(exploding(r, s))
	add(alikeUnits(r, s))
	add(dead(r, s))
	add(saturated(r, s))
	add(startsTooLarge(r, s))
	add(tooLarge(r, s))
	add(unstable(r, s))
	add(tooSlow(r, s))
	add(wrongLabels(r, s))
	add(notLearning(r, s, len(all) > 0))
	add(overfitting(r, s))
	return all
}

// ripe says whether so much of training is over that what was learned can be judged.
func ripe(r Record) bool { return float64(r.Seen()) >= judged*float64(r.Steps) }

func learned(c Curve) measured { return value("learned", c.Learned) }

func notFinite(r Record) (Finding, bool) {
	p := r.NonFinite
	if p == nil {
		return Finding{}, false
	}
	f := Finding{Kind: NotFinite, Problem: true, Figures: []measured{value("step", float64(p.Step)), value("epoch", float64(p.Epoch))}}
	if p.Layer != "" {
		f.Positions = []string{p.Layer}
	}
	f.detail = p.What
	f.Cause, f.Try = "numbers grew beyond what float32 holds: steps too large for the curvature, weights that start too large, or inputs that are", []string{
		"a learning rate ten times smaller", "clipping the gradient's norm (remedy: clip)", "inputs of mean 0 and deviation 1", "batch normalisation (remedy: batchnorm)"}
	return f, true
}

func vanishing(r Record, s Signs) (Finding, bool) {
	g := s.Gradient
	f := Finding{Kind: Vanishing, Problem: true, Positions: g.Zero}
	f.Figures = []measured{
		{"factor per layer", g.Slope, true}, {"last to first", Interval{-g.Ratio.Value, -g.Ratio.High, -g.Ratio.Low}, true}, learned(s.Curve),
	}
	if n := len(g.Names); n > 0 {
		f.first, f.last = g.Names[0], g.Names[n-1]
	}
	if s.Curve.Learned > much {
		return f, false
	}
	if len(g.Zero) > 0 {
		f.detail = "zero"
	} else {
		if !(g.Slope.Low > 0 && g.Ratio.High < -math.Log(faded)) {
			return f, false
		}
		f.Positions = faint(g)
	}
	f.Cause, f.Try = whyFaded(r, s)
	return f, true
}

// faint names the layers whose gradient is below a tenth of the last one's.
func faint(g Gradient) []string {
	var names []string
	for i, n := range g.Norms {
		if n < g.Norms[len(g.Norms)-1]-math.Log(10) {
			names = append(names, g.Names[i])
		}
	}
	return names
}

func exploding(r Record, s Signs) (Finding, bool) {
	g := s.Gradient
	f := Finding{Kind: Exploding, Problem: true}
	if !(g.Slope.High < 0 && g.Ratio.Low > math.Log(grown)) || s.Curve.Learned > much {
		return f, false
	}
	f.first, f.last = g.Names[0], g.Names[len(g.Names)-1]
	f.Positions = g.Names[:1]
	f.Figures = []measured{
		{"factor per layer", Interval{-g.Slope.Value, -g.Slope.High, -g.Slope.Low}, true}, {"first to last", g.Ratio, true}, learned(s.Curve),
	}
	f.Cause = "weights so large that every layer multiplies the gradient on its way back"
	f.Try = []string{"initialisation of the activation's own scale (he for ReLU, xavier for tanh)", "clipping the gradient's norm (remedy: clip)", "skip connections with normalisation (remedy: skip+batchnorm)", "fewer layers"}
	return f, true
}

// alikeUnits finds output weights that were the same for all classes at the first step: since the gradients of a
// sample's logits add up to zero, they passed back nothing but what rounding left.
func alikeUnits(r Record, s Signs) (Finding, bool) {
	f := Finding{Kind: Alike, Problem: true}
	if len(r.Windows) == 0 || r.Windows[0].First != 1 || r.Windows[0].Last != 1 {
		return f, false
	}
	points := depthPoints(r.Positions)
	first := gradientOf(r.Positions, r.Windows[:1])
	n := len(points)
	if n < 2 || len(first.Norms) < n || !(first.Norms[n-2]-first.Norms[n-1] < math.Log(alike)) || math.IsInf(first.Norms[n-2], -1) {
		return f, false
	}
	f.last = points[n-1].name
	for _, p := range points[:n-1] {
		f.Positions = append(f.Positions, p.name)
	}
	f.Figures = []measured{{"first step", Interval{first.Norms[n-1] - first.Norms[n-2], math.NaN(), math.NaN()}, true}, learned(s.Curve)}
	f.Cause = "weights that all start with the same value: units of a layer get the same gradient, and stay alike"
	f.Try = []string{"random initial weights (remedy: he-init, remedy: xavier-init)"}
	return f, s.Curve.Learned <= much
}

func dead(r Record, s Signs) (Finding, bool) {
	f := Finding{Kind: DeadUnits, Problem: s.Curve.Learned <= much}
	worst := 0.0
	for _, a := range s.Activities {
		if a.Dead >= deadMany {
			f.Positions = append(f.Positions, a.Name)
			worst = max(worst, a.Dead)
		}
	}
	f.Figures = []measured{value("dead", worst), learned(s.Curve)}
	f.Cause = "units that are off for every image get no gradient and stay off: a step that was too large, or weights, biases or inputs that start there"
	f.Try = []string{"a smaller learning rate", "leaky-relu (remedy: leaky-relu)", "he initialisation (remedy: he-init)", "inputs of mean 0 and deviation 1"}
	return f, len(f.Positions) > 0
}

func saturated(r Record, s Signs) (Finding, bool) {
	f := Finding{Kind: Saturated}
	worst := 0.0
	for _, a := range s.Activities {
		if bounded(a.Kind) && a.Saturated >= satMany {
			f.Positions = append(f.Positions, a.Name)
			worst = max(worst, a.Saturated)
		}
	}
	c := s.Curve
	reached := c.Learned
	if finite(c.TestLearned) {
		reached = min(reached, c.TestLearned)
	}
	f.Problem = reached < high
	f.Figures = []measured{value("saturated", worst), learned(c)}
	f.Cause = "inputs of the activation so large that its slope is nearly zero: weights that start or have grown too large"
	f.Try = []string{"xavier initialisation (remedy: xavier-init)", "a smaller learning rate", "weight decay", "batch normalisation before the activation"}
	return f, len(f.Positions) > 0
}

func bounded(kind string) bool {
	return kind == "tanh" || kind == "sigmoid" || kind == "scaled-sigmoid"
}
