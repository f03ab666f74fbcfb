package lab

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"

	"gradlab/data"
	"gradlab/internal/stats"
	"gradlab/study"
	"gradlab/train"
)

// CalibrationBins is the number of bins, of equal width, of the expected calibration error.
const CalibrationBins = 15

// Outcome is what the final weights of a trial made of every image, in evaluation: of a trial that ran the test set
// once.
type Outcome struct {
	Loss         *float64 `json:"loss"` // mean cross-entropy over the test set, without penalties or smoothing
	Correct      int      `json:"correct"`
	Total        int      `json:"total"`
	Low          float64  `json:"accuracy_low"` // Wilson's 95 % interval of correct/total
	High         float64  `json:"accuracy_high"`
	TrainLoss    *float64 `json:"train_loss"` // the same weights, on the images that were trained on
	TrainCorrect int      `json:"train_correct"`
	TrainTotal   int      `json:"train_total"`
	Small        int      `json:"small_weights"` // of a magnitude below 0.001, without biases and normalisations
	Weights      int      `json:"weights"`

	Calibration *float64 `json:"calibration_error"` // of the test set, expected, in CalibrationBins bins
	Predicted   string   `json:"predicted"`         // base64 of a byte for each test image: the class
	Confidence  string   `json:"confidence"`        // base64 of two bytes for each, little endian: its probability in 65535ths
}

// ArmOutcome is the means of an arm's outcomes over its seeds.
type ArmOutcome struct {
	Correct     *Estimate `json:"correct"`      // test images
	Gap         *Estimate `json:"accuracy_gap"` // generalisation gap: accuracy on the images that were trained on, less that on the test set
	LossGap     *Estimate `json:"loss_gap"`     // loss on the test set, less that on the images that were trained on
	Calibration *Estimate `json:"calibration_error"`
	Small       *Estimate `json:"small_weights"` // share of the weights
}

// newOutcome makes the record of an outcome.
func newOutcome(r *train.Result) *Outcome {
	o := r.Outcome
	if o == nil {
		return nil
	}
	e := r.Final()
	share := stats.Wilson(e.TestCorrect, e.TestTotal, level)
	out := &Outcome{
		Loss: finite(e.TestLoss), Correct: e.TestCorrect, Total: e.TestTotal, Low: share.Low, High: share.High,
		TrainLoss: finite(o.TrainLoss), TrainCorrect: o.TrainCorrect, TrainTotal: o.TrainTotal, Small: o.Small, Weights: o.Weights,
	}
	var classes, confidences []byte
	for _, a := range o.Test {
		classes = append(classes, byte(a.Class))
		share := 0.0 // of a network that has diverged
		if finite(a.Confidence) != nil {
			share = a.Confidence
		}
		confidences = binary.LittleEndian.AppendUint16(confidences, uint16(math.Round(65535*share)))
	}
	out.Predicted, out.Confidence = base64.StdEncoding.EncodeToString(classes), base64.StdEncoding.EncodeToString(confidences)
	return out
}

// Answers are the classes and confidences of the test images; nil where the record does not hold n of each.
func (o *Outcome) Answers(n int) (classes []int, confidences []float64) {
	c, err := base64.StdEncoding.DecodeString(o.Predicted)
	f, err2 := base64.StdEncoding.DecodeString(o.Confidence)
	if err != nil || err2 != nil || len(c) != n || len(f) != 2*n {
		return nil, nil
	}
	for i := range n {
		classes = append(classes, int(c[i]))
		confidences = append(confidences, float64(binary.LittleEndian.Uint16(f[2*i:]))/65535)
	}
	return classes, confidences
}

// TrueLabels are the labels of the test images; nil where they are not kept.
func (d Data) TrueLabels() []int {
	bytes, err := base64.StdEncoding.DecodeString(d.TestLabels)
	if err != nil || len(bytes) != d.Test {
		return nil
	}
	var all []int
	for _, b := range bytes {
		all = append(all, int(b))
	}
	return all
}

// testedOnce tells whether the part's trials run the test set once.
func (p *openPart) testedOnce() bool {
	return slices.ContainsFunc(p.Part.Arms, func(a study.Arm) bool { return a.Train.Test == train.TestOnce })
}

// A Mistake is a test image that networks took for another class.
type Mistake struct {
	Image      int     `json:"image"` // its number in the test set, from 0
	Path       string  `json:"path,omitempty"`
	Class      int     `json:"class"`
	Predicted  int     `json:"predicted"`  // the wrong class in which the trials' confidences add up to the most
	Confidence float64 `json:"confidence"` // mean, of the trials that were wrong
	Wrong      int     `json:"wrong"`      // trials that took it for another class
	Trials     int     `json:"trials"`
	Pixels     []byte  `json:"-"` // height × width × channels, for the report; never in results.json
}

// showMistakes gives the mistakes the names and pixels of their images.
func (p *Part) showMistakes(test *data.Set) {
	for i := range p.Mistakes {
		m := &p.Mistakes[i]
		if m.Image < 0 || m.Image >= test.N() {
			continue
		}
		m.Pixels = slices.Clone(test.Image(m.Image)) // they outlive the set
		if test.Paths != nil {
			m.Path = test.Paths[m.Image]
		}
	}
}

// mostMistakes is how many images are listed.
const mostMistakes = 12

// judged is the outcomes of a part's trials, decoded.
type judged struct {
	labels  []int
	correct map[string]map[uint64][]bool // by arm and seed, by image
}

// outcomes fills in what follows from every image's answers: calibration, the arms' means, and the mistakes.
func (e evidence) outcomes() *judged {
	labels := e.part.Data.TrueLabels()
	paths := map[int]string{} // of images that the data named when they were listed before
	for _, m := range e.part.Mistakes {
		paths[m.Image] = m.Path
	}
	e.part.Mistakes = nil
	if len(labels) == 0 {
		return nil
	}
	j := &judged{labels, map[string]map[uint64][]bool{}}
	wrong := make([]map[int]float64, len(labels)) // by class, confidences
	counts, trials := make([]int, len(labels)), 0
	for i := range e.part.Arms {
		a := &e.part.Arms[i]
		j.correct[a.Name] = map[uint64][]bool{}
		for _, t := range e.trials[a.Name] {
			if t.Outcome == nil {
				continue
			}
			classes, confidences := t.Outcome.Answers(len(labels))
			if classes == nil {
				continue
			}
			trials++
			right := make([]bool, len(labels))
			for k, class := range classes {
				if right[k] = class == labels[k]; !right[k] {
					if wrong[k] == nil {
						wrong[k] = map[int]float64{}
					}
					wrong[k][class] += confidences[k]
					counts[k]++
				}
			}
			j.correct[a.Name][t.Seed] = right
			ece, _ := stats.Calibration(confidences, right, CalibrationBins)
			t.Outcome.Calibration = finite(ece)
		}
		a.Outcome = e.armOutcome(a.Name)
	}
	e.part.Mistakes = mistakes(labels, wrong, counts, trials)
	for i := range e.part.Mistakes {
		e.part.Mistakes[i].Path = paths[e.part.Mistakes[i].Image]
	}
	return j
}

// mistakes are the images whose wrong answers have the highest mean confidence over all trials, a right one counting
// as none.
func mistakes(labels []int, wrong []map[int]float64, counts []int, trials int) []Mistake {
	var all []Mistake
	for k, by := range wrong {
		if len(by) == 0 {
			continue
		}
		m := Mistake{Image: k, Class: labels[k], Predicted: -1, Wrong: counts[k], Trials: trials}
		for class := range 256 {
			sum, taken := by[class]
			m.Confidence += sum
			if taken && (m.Predicted < 0 || sum > by[m.Predicted]) {
				m.Predicted = class
			}
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Compare(b.Confidence, a.Confidence) })
	all = all[:min(len(all), mostMistakes)]
	for i := range all {
		all[i].Confidence /= float64(all[i].Wrong)
	}
	return all
}

// armOutcome is the means of an arm's outcomes; nil without any.
func (e evidence) armOutcome(arm string) *ArmOutcome {
	mean := func(figure func(o *Outcome) float64) *Estimate {
		return e.estimate(arm, func(t *Trial) float64 {
			if t.Outcome == nil || t.Outcome.Total == 0 {
				return math.NaN()
			}
			return figure(t.Outcome)
		})
	}
	a := &ArmOutcome{
		Correct: mean(func(o *Outcome) float64 { return float64(o.Correct) }),
		Gap: mean(func(o *Outcome) float64 {
			return float64(o.TrainCorrect)/float64(o.TrainTotal) - float64(o.Correct)/float64(o.Total)
		}),
		LossGap:     mean(func(o *Outcome) float64 { return known(o.Loss) - known(o.TrainLoss) }),
		Calibration: mean(func(o *Outcome) float64 { return known(o.Calibration) }),
		Small:       mean(func(o *Outcome) float64 { return float64(o.Small) / float64(o.Weights) }),
	}
	if a.Correct == nil {
		return nil
	}
	return a
}

// Pictures is a comparison on the same test images: McNemar's exact test, in which all seeds of an image move
// together.
type Pictures struct {
	N      int      `json:"n"`        // images
	Seeds  int      `json:"seeds"`    // trials of each arm
	AMore  int      `json:"a_better"` // images that A got right in more seeds than B
	BMore  int      `json:"b_better"`
	P      *float64 `json:"p"`
	PHolm  *float64 `json:"p_holm"` // corrected over the study's comparisons
	Needed *float64 `json:"needed"` // images that would show the difference with 80 % power at 5 %, corrected; null where there is none
}

// power with which a needed number of images would show a difference.
const power = 0.8

// compareOnPictures adds the tests on the images to comparisons of accuracy.
func (j *judged) compareOnPictures(comparisons []Comparison) {
	var ps []float64
	for i := range comparisons {
		c := &comparisons[i]
		a, b := j.correct[c.A], j.correct[c.B]
		d := make([]int, len(j.labels))
		p := &Pictures{N: len(d)}
		for seed, right := range b {
			if before, both := a[seed]; both {
				p.Seeds++
				for k := range d {
					d[k] += one(right[k]) - one(before[k])
				}
			}
		}
		for _, v := range d {
			p.AMore += one(v < 0)
			p.BMore += one(v > 0)
		}
		value := math.NaN()
		if p.Seeds > 0 {
			value = stats.McNemar(d)
			needed := stats.PicturesNeeded(d, p.Seeds, alpha/float64(max(1, len(comparisons))), power)
			p.Needed = finite(needed)
		}
		p.P, c.Pictures, ps = finite(value), p, append(ps, value)
	}
	for i, p := range stats.Holm(ps) {
		comparisons[i].Pictures.PHolm = finite(p)
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
