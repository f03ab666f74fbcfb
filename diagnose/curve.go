package diagnose

import (
	"math"

	"gradlab/internal/stats"
)

// Curve is the training loss over time. Guess is the loss of a guess, ln(classes).
type Curve struct {
	Guess       float64
	Now, SE     float64 // the newest tenth of what has been seen
	Learned     float64 // 1 − Now/Guess: 0 has learned nothing, 1 everything
	Begin       float64 // of the first window
	Best        float64 // the lowest window's mean
	Worst       float64 // the highest one's
	BestSE      float64 // of that, over its steps
	Rise        float64 // (Now − Best) / (Guess − Best): how much of what was learned was lost again
	Gain        float64 // by which the loss falls while the number of steps doubles, from its fall over the second half
	GainShare   float64 // Gain / (Guess − Now)
	Noise       float64 // standard deviation over steps within the newest windows / Now
	Steps       int
	Train, Test float64 // loss: of the newest windows up to the newest epoch's end, and of the test set then
	TestBest    float64
	TestLearned float64 // 1 − Test/Guess
	Accuracy    float64 // of the test set at the newest epoch's end, less that of a guess
	Trained     float64 // of training in that epoch, less that of a guess
}

func curveOf(r Record) Curve {
	nan := math.NaN()
	c := Curve{
		Guess: math.Log(float64(max(r.Classes, 2))), Now: nan, SE: nan, Learned: nan, Begin: nan, Best: nan, Worst: nan, Rise: nan,
		Gain: nan, GainShare: nan, Noise: nan, Train: nan, Test: nan, TestBest: nan, TestLearned: nan, Accuracy: nan, Trained: nan,
	}
	if n := len(r.Epochs); n > 0 {
		chance := 1 / float64(max(r.Classes, 2))
		c.Test, c.Accuracy, c.Trained = r.Epochs[n-1].TestLoss, r.Epochs[n-1].TestAccuracy-chance, r.Epochs[n-1].TrainAccuracy-chance
		c.TestLearned = 1 - c.Test/c.Guess
		c.TestBest = math.Inf(1)
		for _, e := range r.Epochs {
			if !math.IsNaN(e.TestLoss) { // it was run
				c.TestBest = min(c.TestBest, e.TestLoss)
			}
		}
	}
	if len(r.Losses) == 0 {
		return c
	}
	c.Steps = r.Losses[len(r.Losses)-1].Last
	c.Begin = r.Losses[0].Mean
	tail := tailOf(r.Losses, c.Steps)
	steps, squares, within := 0.0, 0.0, 0.0
	c.Now = 0
	for _, l := range tail {
		steps += float64(l.Count)
		c.Now += l.Mean * float64(l.Count)
	}
	c.Now /= steps
	for _, l := range tail {
		if finite(l.SD) {
			within += l.SD * l.SD * float64(l.Count)
		}
		squares += math.Pow(l.Mean-c.Now, 2) * float64(l.Count)
	}
	c.Noise = math.Sqrt(within/steps) / c.Now
	c.SE = math.Sqrt((within+squares)/steps) / math.Sqrt(steps)
	c.Learned = 1 - c.Now/c.Guess
	c.Best, c.Worst = math.Inf(1), math.Inf(-1)
	for _, l := range r.Losses {
		if l.Mean < c.Best {
			c.Best, c.BestSE = l.Mean, 0
			if finite(l.SD) {
				c.BestSE = l.SD / math.Sqrt(float64(max(l.Count, 1)))
			}
		}
		c.Worst = max(c.Worst, l.Mean)
	}
	if c.Guess > c.Best {
		c.Rise = (c.Now - c.Best) / (c.Guess - c.Best)
	}
	var x, y []float64
	for _, l := range r.Losses {
		if middle := float64(l.First+l.Last) / 2; middle > float64(c.Steps)/2 && middle > 1 && finite(l.Mean) {
			x, y = append(x, math.Log(middle)), append(y, l.Mean)
		}
	}
	if line, err := stats.FitLine(x, y, level); err == nil {
		c.Gain = -line.Slope * math.Ln2
		c.GainShare = c.Gain / math.Max(c.Guess-c.Now, 0.01*c.Guess)
	}
	if n := len(r.Epochs); n > 0 {
		c.Train = 0
		end, steps := r.Epochs[n-1].Step, 0.0
		var seen []Loss
		for _, l := range r.Losses {
			if l.Last <= end {
				seen = append(seen, l)
			}
		}
		for _, l := range tailOf(seen, end) {
			c.Train += l.Mean * float64(l.Count)
			steps += float64(l.Count)
		}
		c.Train /= steps
	}
	return c
}

// tailOf is the newest windows that hold a tenth of the steps, at least one.
func tailOf(losses []Loss, steps int) []Loss {
	for i := len(losses) - 1; i >= 0; i-- {
		if losses[i].First <= steps-steps/10 {
			return losses[i:]
		}
	}
	return losses
}
