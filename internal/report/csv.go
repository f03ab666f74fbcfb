package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"gradlab/lab"
)

// table is a CSV file: a header and rows. An empty cell is a figure that does not apply or is not
// finite.
type table struct {
	name string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) bytes() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.WriteAll(t.rows) // flushes
	return b.Bytes(), err
}

// tables are the CSV files of r.
func tables(r *lab.Results) []table {
	all := []table{trialsTable(r), positionsTable(r), comparisonsTable(r)}
	for _, t := range []table{outcomesTable(r), choicesTable(r)} { // of some studies only
		if len(t.rows) > 1 {
			all = append(all, t)
		}
	}
	return all
}

// tableNames are the names of the CSV files of r.
func tableNames(r *lab.Results) []string {
	var all []string
	for _, t := range tables(r) {
		all = append(all, t.name)
	}
	return all
}

// trialsTable has a row per trial and epoch; a trial without a finished epoch has one row without
// an epoch, so that no trial is missing from the file.
func trialsTable(r *lab.Results) table {
	t := table{name: "trials.csv"}
	t.add("study", "arm", "seed", "status", "trial", "epoch", "train_loss", "test_loss", "test_accuracy",
		"test_correct", "test_total", "seconds", "images_per_second", "penalty_l1", "penalty_l2", "validation_loss", "validation_correct", "validation_total", "best_epoch", "digest", "error")
	for _, trial := range r.Trials {
		head := []string{cell(trial.Study), cell(trial.Arm), strconv.FormatUint(trial.Seed, 10), cell(trial.Status), cell(trial.ID)}
		tail := []string{cell(trial.Digest), cell(trial.Error)}
		if len(trial.Epochs) == 0 {
			t.add(append(append(head, make([]string, 14)...), tail...)...)
		}
		for _, e := range trial.Epochs {
			row := append([]string(nil), head...)
			row = append(row, strconv.Itoa(e.Epoch), number(&e.TrainLoss), number(&e.TestLoss), number(&e.TestAccuracy),
				tested(e, e.TestCorrect), tested(e, e.TestTotal), number(&e.Seconds), number(&e.ImagesPerSecond))
			if penalty := e.Penalty; penalty != nil {
				row = append(row, number(penalty.L1), number(penalty.L2))
			} else {
				row = append(row, "", "")
			}
			if v := e.Validation; v != nil {
				row = append(row, number(v.Loss), strconv.Itoa(v.Correct), strconv.Itoa(v.Total))
			} else {
				row = append(row, "", "", "")
			}
			best := "" // the same in every row of a trial
			if trial.Stopping != nil {
				best = strconv.Itoa(trial.Stopping.Best)
			}
			row = append(row, best)
			t.add(append(row, tail...)...)
		}
	}
	return t
}

// tested writes a count of the test set; nothing where that was not run.
func tested(e lab.Epoch, n int) string {
	if e.TestTotal == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// positionsTable has a row per trial and position.
func positionsTable(r *lab.Results) table {
	t := table{name: "positions.csv"}
	t.add("study", "arm", "seed", "trial", "index", "name", "kind", "first_step", "last_step", "every", "steps",
		"grad_rms", "act_mean", "act_std", "saturated", "dead")
	for _, trial := range r.Trials {
		for _, p := range trial.Positions {
			t.add(cell(trial.Study), cell(trial.Arm), strconv.FormatUint(trial.Seed, 10), cell(trial.ID),
				strconv.Itoa(p.Index), cell(p.Name), cell(p.Kind),
				strconv.Itoa(p.Steps.First), strconv.Itoa(p.Steps.Last), strconv.Itoa(p.Steps.Every), strconv.Itoa(p.Steps.Count),
				number(p.GradRMS), number(p.ActMean), number(p.ActStd), number(p.Saturated), number(p.Dead))
		}
	}
	return t
}

// comparisonsTable has a row per pair of arms and metric; differences are B − A.
func comparisonsTable(r *lab.Results) table {
	t := table{name: "comparisons.csv"}
	t.add("study", "metric", "a", "b", "varied", "pairs", "mean_a", "mean_b", "diff", "diff_low", "diff_high",
		"t", "p", "p_holm", "p_permutation", "p_permutation_holm", "verdict", "pictures", "a_better", "b_better", "p_mcnemar", "p_mcnemar_holm", "pictures_needed")
	for _, c := range r.Comparisons {
		row := []string{cell(c.Study), cell(c.Metric), cell(c.A), cell(c.B), cell(c.Varied), strconv.Itoa(c.N),
			number(&c.MeanA), number(&c.MeanB), number(&c.Diff.Mean), number(&c.Diff.Low), number(&c.Diff.High),
			number(c.T), number(c.P), number(c.PHolm), number(c.PPerm), number(c.PPermHolm), cell(c.Verdict)}
		if p := c.Pictures; p != nil {
			row = append(row, strconv.Itoa(p.N), strconv.Itoa(p.AMore), strconv.Itoa(p.BMore), number(p.P), number(p.PHolm), number(p.Needed))
		} else {
			row = append(row, make([]string, 6)...)
		}
		t.add(row...)
	}
	return t
}

// number is the shortest text that reads back as the same float64; empty when there is none.
func number(f *float64) string {
	if f == nil || math.IsNaN(*f) || math.IsInf(*f, 0) {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

// cell is a name as a cell: a spreadsheet must not take it for a formula.
func cell(s string) string {
	s = clean(s)
	if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "@") {
		return "'" + s
	}
	return s
}
