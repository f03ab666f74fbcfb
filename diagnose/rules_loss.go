package diagnose

import "math"

func startsTooLarge(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: StartsTooLarge, Problem: true, Figures: []measured{value("first loss", c.Begin), value("guess", c.Guess), learned(c)}}
	f.Cause = "weights or inputs so large that the network is sure of its first guesses, and wrong"
	f.Try = []string{"initialisation of the activation's own scale (he for ReLU, xavier for tanh)", "inputs of mean 0 and deviation 1", "batch normalisation (remedy: batchnorm)"}
	return f, late(r) && c.Begin > outsized*c.Guess && c.Learned < much
}

// late says whether a beginning far from what is usual has had its time to be mended.
func late(r Record) bool { return r.Seen() >= settled || float64(r.Seen()) >= 0.1*float64(r.Steps) }

func tooLarge(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	_, ratio := s.Moved(func(m Movement) float64 { return m.Ratio })
	f := Finding{Kind: TooLarge, Problem: true, Figures: []measured{
		value("loss", c.Now), value("guess", c.Guess), value("update ratio", ratio), learned(c),
	}}
	f.Cause = "steps that overshoot: the learning rate or momentum is too large"
	f.Try = []string{"a learning rate ten times smaller", "momentum of 0.9", "a warm-up", "clipping the gradient's norm (remedy: clip)"}
	switch {
	case late(r) && c.Learned < -relapse:
		return f, true
	case ripe(r) && r.Seen() >= settled && c.Learned < high && ratio > restless && c.GainShare < idle:
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
	f.Try = []string{"a smaller learning rate", "a schedule that lowers it, as cosine", "less momentum", "clipping the gradient's norm (remedy: clip)"}
	if c.Now-c.Best < 3*math.Hypot(c.SE, c.BestSE) || r.Seen() < settled { // the lowest of many windows is low by chance
		return f, false
	}
	return f, c.Rise > 2*relapse && (c.GainShare < -relapse || c.Rise > 0.5)
}

func tooSlow(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	_, path := s.Moved(func(m Movement) float64 { return m.Path })
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
	if r.Steps < few && seen >= r.Steps && c.Learned < little {
		f.detail = "few"
		return f, true
	}
	left := c.GainShare > slow && path < pathHard || c.GainShare > steady && path < pathSlow || c.GainShare > steep && seen >= begun
	return f, ripe(r) && left && c.Learned < unfinished && c.Learned > 3*c.SE/c.Guess
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
	return f, ripe(r) && c.TestLearned > 0.08 && c.TestLearned-trained > 0.08 && c.TestLearned < harmless && trained < disputed*c.TestLearned
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
	if c.Learned < little && !(c.TestLearned > little) && !(c.TestLearned > shown && c.Learned < disputed*c.TestLearned) {
		f.detail = "little"
		return f, true
	}
	f.Problem = false // weight decay and schedules do that, and need not lose by it
	return f, !explained && c.Learned < high && c.GainShare < stalled
}

func overfitting(r Record, s Signs) (Finding, bool) {
	c := s.Curve
	f := Finding{Kind: Overfitting, Figures: []measured{value("train", c.Train), value("test", c.Test), value("test best", c.TestBest), learned(c)}}
	f.Cause = "more capacity and steps than the training images hold back"
	f.Try = []string{"stopping where the test loss was lowest", "weight decay", "more training images", "a smaller network"}
	if c.Trained > evident && c.Accuracy < unshared*c.Trained {
		f.Problem = true
		f.detail = "unshared"
		f.Figures = append(f.Figures, value("accuracy", c.Accuracy), value("trained", c.Trained))
		f.Cause = "the network as it is evaluated is not the one that was trained (running statistics that do not follow, inputs scaled otherwise), or it has learned its images by heart"
		f.Try = []string{"inputs of mean 0 and deviation 1", "a larger batch or momentum of batch normalisation's statistics", "more training images"}
		return f, ripe(r)
	}
	return f, ripe(r) && c.Test > 1.1*c.TestBest && c.Train < 0.6*c.Test
}
