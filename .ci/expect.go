// expect checks the results of the study `activations` on CIFAR-10, one seed, against what PyTorch
// gives for the same networks.
//
//	go run .ci/expect.go RESULTS.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

type trial struct {
	Labels struct {
		Activation string `json:"activation"`
		Epochs     int    `json:"epochs"`
	} `json:"labels"`
	Status string `json:"status"`
	Epochs []struct {
		Loss     float64 `json:"train_loss"`
		Accuracy float64 `json:"test_accuracy"`
	} `json:"epochs"`
}

// ranges are those of the final accuracy and the last epoch's loss of arms of two epochs.
var ranges = map[string][4]float64{
	"sigmoid": {0.095, 0.105, 2.29, 2.33},
	"tanh":    {0.47, 0.59, 1.25, 1.45},
}

func main() {
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var results struct{ Trials []trial }
	if err := json.Unmarshal(raw, &results); err != nil {
		fail(err)
	}
	seen := 0
	for _, t := range results.Trials {
		r, known := ranges[t.Labels.Activation]
		if t.Status != "done" {
			fail(fmt.Errorf("%+v", t))
		}
		if !known || t.Labels.Epochs != 2 {
			continue
		}
		seen++
		last := t.Epochs[len(t.Epochs)-1]
		if last.Accuracy < r[0] || last.Accuracy > r[1] || last.Loss < r[2] || last.Loss > r[3] {
			fail(fmt.Errorf("%s: accuracy %v and loss %v are not in %v", t.Labels.Activation, last.Accuracy, last.Loss, r))
		}
		fmt.Printf("%s: accuracy %.4f, loss %.3f: as PyTorch\n", t.Labels.Activation, last.Accuracy, last.Loss)
	}
	if seen != len(ranges) {
		fail(fmt.Errorf("%d of %d arms found", seen, len(ranges)))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "not as expected:", err)
	os.Exit(1)
}
