package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"

	"gradlab/lab"
)

func TestTablesParseBack(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			epochs, positions := 0, 0
			for _, trial := range r.Trials {
				epochs += max(len(trial.Epochs), 1)
				positions += len(trial.Positions)
			}
			want := map[string]int{"trials.csv": epochs, "positions.csv": positions, "comparisons.csv": len(r.Comparisons)}
			for _, table := range tables(r) {
				rows := parse(t, table)
				if len(rows)-1 != want[table.name] {
					t.Errorf("%s has %d rows, want %d", table.name, len(rows)-1, want[table.name])
				}
				for _, row := range rows {
					for _, cell := range row {
						if strings.HasPrefix(cell, "=") || strings.Contains(cell, "\x1b") || cell == "NaN" || strings.HasSuffix(cell, "Inf") {
							t.Fatalf("%s has the cell %q", table.name, cell)
						}
					}
				}
			}
		})
	}
}

// TestTrialsTable: figures come back to the last bit.
func TestTrialsTable(t *testing.T) {
	l1 := 0.25
	r := &lab.Results{Trials: []lab.Trial{
		{Study: "s", Arm: `a, "b"`, Seed: math.MaxUint64, Status: "done", ID: "id", Digest: "sha256:00", Stopping: &lab.Stopping{Best: 1},
			Epochs: []lab.Epoch{{Epoch: 1, TrainLoss: 0.1 + 0.2, TestLoss: math.NaN(), TestAccuracy: 1.0 / 3, TestCorrect: 1, TestTotal: 3, Seconds: 1e-300, ImagesPerSecond: 2.5, Penalty: &lab.Penalty{L1: &l1}, Validation: &lab.Validation{Loss: &l1, Correct: 3, Total: 4}}}},
		{Study: "s", Arm: "b", Status: "failed", Error: "line\nbreak"},
	}}
	rows := parse(t, trialsTable(r))
	want := [][]string{
		{"s", `a, "b"`, "18446744073709551615", "done", "id", "1", strconv.FormatFloat(0.1+0.2, 'g', -1, 64), "", "0.3333333333333333", "1", "3", "1e-300", "2.5", "0.25", "", "0.25", "3", "4", "1", "sha256:00", ""},
		{"s", "b", "0", "failed", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "line break"},
	}
	for i, row := range want {
		if strings.Join(rows[i+1], "|") != strings.Join(row, "|") {
			t.Errorf("row %d:\n%q, want\n%q", i, rows[i+1], row)
		}
	}
}

func parse(t *testing.T, table table) [][]string {
	t.Helper()
	data, err := table.bytes()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll() // checks that all rows are as long
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
