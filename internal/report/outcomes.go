package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gradlab/internal/stats"
	"gradlab/lab"
)

var outcomeNote = fmt.Sprintf("The test set was run once, with the final weights. Means over seeds with their 95 %% interval; gap: accuracy on the "+
	"pictures that were trained on less that on the test set, and loss the other way round, all at the final weights without dropout; calibration error: "+
	"expected, of the predicted class's probability, in %d bins of equal width; near zero: weights of a magnitude below 0.001, biases left out.", lab.CalibrationBins)

// tested tells whether the part's trials ran the test set once.
func (p *part) tested() bool {
	for _, a := range p.Arms {
		if a.Outcome != nil {
			return true
		}
	}
	return false
}

// outcomeTable has a row for each arm of a part whose trials ran the test set once.
func outcomeTable(p *part) textTable {
	if !p.tested() {
		return textTable{}
	}
	g := textTable{columns: []column{{head: "arm"}, {head: fmt.Sprintf("correct of %s", thousands(p.Data.Test)), right: true, parts: parts}, {head: "loss", right: true, drop: 4, parts: parts},
		{head: "accuracy gap, points", right: true, parts: parts}, {head: "loss gap", right: true, drop: 3, parts: parts}, {head: "calibration error, %", right: true, drop: 1, parts: parts}, {head: "near zero, %", right: true, drop: 2, parts: parts}}}
	for i := range p.Arms {
		a := &p.Arms[i]
		if o := a.Outcome; o != nil {
			g.rows = append(g.rows, []string{clean(a.Name), meanIn(within(o.Correct, p.Data.Test), 1, 1), meanIn(within(a.TestLoss, math.MaxInt), 1, 3), meanIn(o.Gap, 100, 1), meanIn(o.LossGap, 1, 3), meanIn(within(o.Calibration, 1), 100, 1), meanIn(within(o.Small, 1), 100, 1)})
			g.exact = append(g.exact, []string{"", exact(within(o.Correct, p.Data.Test), 1), exact(within(a.TestLoss, math.MaxInt), 1), exact(o.Gap, 100), exact(o.LossGap, 1), exact(within(o.Calibration, 1), 100), exact(within(o.Small, 1), 100)})
		}
	}
	return g
}

// within is an estimate whose interval is cut to [0, most], which that of Student's t may leave.
func within(e *lab.Estimate, most int) *lab.Estimate {
	if e == nil {
		return nil
	}
	cut := *e
	cut.Low, cut.High = max(cut.Low, 0), min(cut.High, float64(most))
	return &cut
}

// meanIn writes a mean with its interval, in a unit.
func meanIn(e *lab.Estimate, unit float64, digits int) string {
	if e == nil || !finite(e.Mean) {
		return none
	}
	s := lab.Decimal(unit*e.Mean, digits)
	if r := lab.Range(*e, func(f float64) string { return lab.Decimal(unit*f, digits) }); r != "" {
		s += " " + r
	}
	return s
}

const choiceNote = "Each candidate was trained on the training pictures but the share that was held out, and judged by that share alone, with seeds that " +
	"the arms' own trials do not use; of equal ones the first, which is the weakest, is taken. Intervals over so few seeds are wide, and those of candidates next to one another overlap: the value chosen is a good one, not the best one."

// choiceTable has a row for each candidate of the arms that chose a value.
func choiceTable(p *part) textTable {
	if p.Choice == nil {
		return textTable{}
	}
	g := textTable{columns: []column{{head: "arm"}, {head: "candidate"}, {head: "validation loss", right: true, parts: parts}, {head: "validation accuracy, %", right: true, drop: 1, parts: parts}, {head: "chosen"}}}
	for _, a := range p.Choice.Arms {
		if len(a.Candidates) < 2 {
			g.rows = append(g.rows, []string{clean(a.Arm), none, none, none, "nothing to choose"})
			g.exact = append(g.exact, nil)
			continue
		}
		for i, c := range a.Candidates {
			said := ""
			if i == a.Chosen {
				said = "chosen"
				if len(a.AtEnd) > 0 {
					said = "chosen, at the end of its candidates"
				}
			}
			if c.Failed > 0 {
				said = strings.TrimPrefix(said+", "+plural(c.Failed, "trial")+" failed", ", ")
			}
			g.rows = append(g.rows, []string{clean(a.Arm), clean(c.Name), meanIn(within(c.Loss, math.MaxInt), 1, 3), meanIn(within(c.Accuracy, 1), 100, 1), said})
			g.exact = append(g.exact, []string{"", "", exact(within(c.Loss, math.MaxInt), 1), exact(within(c.Accuracy, 1), 100)})
		}
	}
	return g
}

const picturesNote = "McNemar's exact test on the same test pictures: a picture counts for the arm that is right about it in more seeds, and all seeds of a picture move " +
	"together, since they are no new pictures. It speaks of other pictures with these networks; the test by seed speaks of other seeds on these pictures. A difference is " +
	"established where both show it. Needed: pictures that would show the observed difference with 80 % power, after correction (Connor 1987)."

// picturesTable has a row for each comparison on the test pictures.
func picturesTable(p *part) textTable {
	g := textTable{columns: []column{{head: "comparison"}, {head: "right in more seeds", right: true}, {head: "p", right: true, drop: 1}, {head: "p (Holm)", right: true}, {head: "p by seed (Holm)", right: true}, {head: "pictures needed", right: true}}}
	for _, c := range p.Comparisons {
		if q := c.Pictures; q != nil {
			needed := none
			if q.Needed != nil {
				needed = thousands(int(min(*q.Needed, 1e15)))
			}
			g.rows = append(g.rows, []string{pairName(c), fmt.Sprintf("%d : %d", q.BMore, q.AMore), pValue(q.P), pValue(q.PHolm), pValue(c.PHolm), needed})
			g.exact = append(g.exact, []string{"", "", number(q.P), number(q.PHolm), number(c.PHolm), number(q.Needed)})
		}
	}
	return g
}

const mistakesNote = "The test pictures that were classified wrongly with the most confidence, over all trials of all arms: a right answer counts as none. " +
	"Labels that are wrong, and pictures that nothing tells apart, are found here."

// mistakesTable lists the pictures by path or number.
func mistakesTable(p *part) textTable {
	if len(p.Mistakes) == 0 {
		return textTable{}
	}
	g := textTable{columns: []column{{head: "picture"}, {head: "true class"}, {head: "taken for"}, {head: "confidence", right: true}, {head: "wrong in", right: true}}}
	for _, m := range p.Mistakes {
		g.rows = append(g.rows, []string{pictureName(m), className(p, m.Class), className(p, m.Predicted), percent(m.Confidence), fmt.Sprintf("%d of %d", m.Wrong, m.Trials)})
		g.exact = append(g.exact, []string{"", "", "", number(&m.Confidence)})
	}
	return g
}

func pictureName(m lab.Mistake) string {
	if m.Path != "" {
		return clean(m.Path)
	}
	return "number " + strconv.Itoa(m.Image)
}

func className(p *part, class int) string {
	if class >= 0 && class < len(p.Data.Classes) {
		return clean(p.Data.Classes[class])
	}
	return strconv.Itoa(class)
}

// A block is a table with its head and note, for the pages.
type block struct {
	Name        string // for its anchor
	Title, Note string
	Table       textTable
}

// outcomeBlocks are the tables of a part that ran the test set once, or chose values.
func outcomeBlocks(p *part) []block {
	var all []block
	for _, b := range []block{
		{"test-set", "The test set", outcomeNote, outcomeTable(p)},
		{"chosen", "How values were chosen", choiceNote, choiceTable(p)},
		{"by-picture", "By picture", picturesNote, picturesTable(p)},
		{"mistakes", "Most confident mistakes", mistakesNote, mistakesTable(p)},
	} {
		if len(b.Table.rows) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// outcomesTable is outcomes.csv: a row per trial that ran the test set once.
func outcomesTable(r *lab.Results) table {
	t := table{name: "outcomes.csv"}
	t.add("study", "arm", "seed", "trial", "test_loss", "test_correct", "test_total", "accuracy_low", "accuracy_high", "train_loss", "train_correct", "train_total",
		"calibration_error", "small_weights", "weights")
	for _, trial := range r.Trials {
		if o := trial.Outcome; o != nil {
			t.add(cell(trial.Study), cell(trial.Arm), strconv.FormatUint(trial.Seed, 10), cell(trial.ID), number(o.Loss), strconv.Itoa(o.Correct), strconv.Itoa(o.Total),
				number(&o.Low), number(&o.High), number(o.TrainLoss), strconv.Itoa(o.TrainCorrect), strconv.Itoa(o.TrainTotal), number(o.Calibration), strconv.Itoa(o.Small), strconv.Itoa(o.Weights))
		}
	}
	return t
}

// choicesTable is choices.csv: a row per candidate.
func choicesTable(r *lab.Results) table {
	t := table{name: "choices.csv"}
	t.add("study", "arm", "candidate", "chosen", "trials", "failed", "validation_loss", "loss_low", "loss_high", "validation_accuracy", "accuracy_low", "accuracy_high")
	figures := func(e *lab.Estimate) []string {
		if e == nil {
			return []string{"", "", ""}
		}
		return []string{number(&e.Mean), number(&e.Low), number(&e.High)}
	}
	for _, p := range r.Parts {
		if p.Choice == nil {
			continue
		}
		for _, a := range p.Choice.Arms {
			for i, c := range a.Candidates {
				row := []string{cell(p.Study), cell(a.Arm), cell(c.Name), strconv.FormatBool(i == a.Chosen), strconv.Itoa(c.Finished), strconv.Itoa(c.Failed)}
				t.add(append(append(row, figures(c.Loss)...), figures(c.Accuracy)...)...)
			}
		}
	}
	return t
}

// reliability is an arm's predictions of all seeds by confidence.
func reliability(p *part, a *arm) []stats.CalibrationBin {
	labels := p.Data.TrueLabels()
	var confidences []float64
	var right []bool
	for _, t := range a.Trials {
		if t.Outcome == nil {
			continue
		}
		classes, c := t.Outcome.Answers(len(labels))
		for i, class := range classes {
			confidences, right = append(confidences, c[i]), append(right, class == labels[i])
		}
	}
	if len(right) == 0 {
		return nil
	}
	_, bins := stats.Calibration(confidences, right, lab.CalibrationBins)
	return bins
}
