package diagnose

import "math"

// Limits of the rules. All are ratios: of gradients to each other, of updates to weights, of losses to the loss of
// a guess. They were set on one half of the benchmark's networks (docs/diagnosis.md).
const (
	judged  = 0.5 // of training must be over before it is said how much was learned
	settled = 200 // steps before which a network may know nothing

	// Shares of the loss of a guess that have been learned.
	little     = 0.21 // who has learned less is not learning
	lowest     = 0.3  // below which training has stopped too early, if it has
	high       = 0.65 // below which that is worth a remark, and saturation is trouble
	unfinished = 0.68 // below which who still learns steadily has been too slow
	much       = 0.7  // above which neither dead units nor a small gradient do harm

	// Shares of what has been learned, by which the loss falls while the number of steps doubles.
	stalled = 0.03 // of who has stopped
	steady  = 0.29 // of who has not moved far
	steep   = 0.5  // of who has moved far and only begins to learn
	relapse = 0.05 // as a fall: who loses so much in twice the steps is unstable

	// Paths of the weights, of their own size, that all updates of a training add up to at most.
	pathShort = 0.1   // too short in any training
	pathSlow  = 0.6   // too short where the loss still falls steadily
	violent   = 0.015 // of a single update: weights have no time to settle

	faded    = 100.0 // last layer's gradient to the first one's
	grown    = 50.0  // and the other way round
	deadMany = 0.5   // of a layer's units
	satMany  = 0.8   // of a layer's outputs
	outsized = 3.5   // guesses: a first loss above that shows weights that start too large
	disputed = 0.7   // what training has learned to what testing shows
)

// Findings is the trouble in one record.
func Findings(r Record) []Finding {
	var all []Finding
	add := func(f Finding, found bool) {
		if found {
			all = append(all, f)
		}
	}
	s := SignsOf(r)
	add(notFinite(r))
	add(vanishing(r, s))
	add(exploding(r, s))
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
		"a learning rate ten times smaller", "clipping the gradient's norm", "inputs of mean 0 and deviation 1", "batch normalisation"}
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
	f.Try = []string{"initialisation of the activation's own scale (he for ReLU, xavier for tanh)", "clipping the gradient's norm", "skip connections with normalisation", "fewer layers"}
	return f, true
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
	f.Try = []string{"a smaller learning rate", "leaky-relu", "he initialisation", "inputs of mean 0 and deviation 1"}
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
	f.Try = []string{"xavier initialisation", "a smaller learning rate", "weight decay", "batch normalisation before the activation"}
	return f, len(f.Positions) > 0
}

func bounded(kind string) bool {
	return kind == "tanh" || kind == "sigmoid" || kind == "scaled-sigmoid"
}

func startsTooLarge(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: StartsTooLarge, Problem: true, Figures: []measured{value("first loss", c.Begin), value("guess", c.Guess), learned(c)}}
	f.Cause = "weights or inputs so large that the network is sure of its first guesses, and wrong"
	f.Try = []string{"initialisation of the activation's own scale (he for ReLU, xavier for tanh)", "inputs of mean 0 and deviation 1", "batch normalisation"}
	return f, late(r) && c.Begin > outsized*c.Guess && c.Learned < much
}

// late says whether a beginning far from what is usual has had its time to be mended.
func late(r Record) bool { return r.Seen() >= settled || float64(r.Seen()) >= 0.1*float64(r.Steps) }

func tooLarge(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	_, ratio := s.moved(func(m Movement) float64 { return m.Ratio })
	f := Finding{Kind: TooLarge, Problem: true, Figures: []measured{
		value("loss", c.Now), value("guess", c.Guess), value("update ratio", ratio), learned(c),
	}}
	f.Cause = "steps that overshoot: the learning rate or momentum is too large"
	f.Try = []string{"a learning rate ten times smaller", "momentum of 0.9", "a warm-up", "clipping the gradient's norm"}
	switch {
	case late(r) && c.Learned < -relapse:
		return f, true
	case ripe(r) && ratio > violent && c.Learned < high:
		f.detail = "ratio"
		f.Cause = "a learning rate too large for these weights, or a weight decay that keeps them small"
		f.Try = []string{"less weight decay", "a smaller learning rate", "he or xavier initialisation"}
		return f, true
	}
	return f, false
}

func unstable(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: Unstable, Problem: true, Figures: []measured{
		value("best", c.Best), value("loss", c.Now), value("lost", c.Rise), value("guess", c.Guess),
	}}
	if !ripe(r) || c.Learned > much || c.Learned < -relapse || !(c.Best < (1-relapse)*c.Guess) {
		return f, false
	}
	f.Cause = "steps too large for where training has come to: the learning rate or momentum, or a loss that is steep there"
	f.Try = []string{"a smaller learning rate", "a schedule that lowers it, as cosine", "less momentum", "clipping the gradient's norm"}
	if c.Now-c.Best < 3*math.Hypot(c.SE, c.BestSE) || r.Seen() < settled { // the lowest of many windows is low by chance
		return f, false
	}
	return f, c.Rise > 2*relapse && (c.GainShare < -relapse || c.Rise > 0.5)
}

func tooSlow(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	_, path := s.moved(func(m Movement) float64 { return m.Path })
	seen := r.Seen()
	f := Finding{Kind: TooSlow, Problem: true}
	if seen > 0 {
		path *= float64(r.Steps) / float64(seen)
	}
	f.Figures = []measured{learned(c), value("gain", c.GainShare), value("path", path), value("steps", float64(r.Steps))}
	f.Cause = "learning rate too low, or too few steps"
	f.Try = []string{"a learning rate three to ten times larger", "more epochs", "a smaller batch", "momentum of 0.9"}
	if seen >= min(20, r.Steps) && path < pathShort && c.Learned < much && !faintEnd(r) {
		f.detail = "path"
		return f, true
	}
	slow := c.GainShare > steady && path < pathSlow && c.Learned < unfinished || c.GainShare > steep && c.Learned < judged
	return f, ripe(r) && slow && c.Learned > 3*c.SE/c.Guess
}

// faintEnd says whether no update is known to have moved anything: then units are dead or gradients zero, and not
// the rate too low.
func faintEnd(r Record) bool {
	for _, m := range movementsOf(r) {
		if m.Path > 0 {
			return false
		}
	}
	return true
}

func wrongLabels(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: WrongLabels, Problem: true, Figures: []measured{value("train", c.Train), value("test", c.Test), learned(c)}}
	f.Cause = "training labels that nothing in the images explains: many of them are wrong"
	f.Try = []string{"looking at training images with their labels (gradlab data show)", "making sure that images and labels are shuffled together"}
	trained := 1 - c.Train/c.Guess
	return f, ripe(r) && c.TestLearned > 0.08 && c.TestLearned-trained > 0.08 && trained < disputed*c.TestLearned
}

func notLearning(r Record, s Signs, explained bool) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: NotLearning, Problem: true, Figures: []measured{learned(c), value("loss", c.Now), value("guess", c.Guess), value("gain", c.GainShare)}}
	f.Cause = "what was recorded does not tell: more than one thing may hold it back"
	if explained {
		f.Cause = "see the other findings"
	}
	f.Try = []string{"overfitting a single batch first", "another learning rate", "less weight decay"}
	if !ripe(r) || r.Seen() < settled {
		return f, false
	}
	if c.Learned < little && !(c.TestLearned > little) {
		f.detail = "little"
		return f, true
	}
	f.Problem = c.Learned < lowest
	return f, !explained && c.Learned < high && c.GainShare < stalled
}

func overfitting(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: Overfitting, Figures: []measured{value("train", c.Train), value("test", c.Test), value("test best", c.TestBest), learned(c)}}
	f.Cause = "more capacity and steps than the training images hold back"
	f.Try = []string{"stopping where the test loss was lowest", "weight decay", "more training images", "a smaller network"}
	return f, ripe(r) && c.Test > 1.1*c.TestBest && c.Train < 0.6*c.Test
}
