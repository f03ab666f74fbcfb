package lab

import (
	"encoding/json"
	"math"
)

// number is a float64 whose NaN and infinities are null in JSON, which has neither. A diverged
// trial has both and must be stored like any other. null is read as NaN.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

func (n *number) UnmarshalJSON(data []byte) error {
	f := math.NaN()
	if string(data) != "null" {
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
	}
	*n = number(f)
	return nil
}

// epochJSON shadows the figures of an Epoch that a diverged network makes NaN.
type epochJSON struct {
	*epochFields
	TrainLoss number `json:"train_loss"`
	TestLoss  number `json:"test_loss"`
	Accuracy  number `json:"test_accuracy"`
}

type epochFields Epoch // without Epoch's methods

// MarshalJSON writes losses that are not finite as null.
func (e Epoch) MarshalJSON() ([]byte, error) {
	return json.Marshal(epochJSON{(*epochFields)(&e), number(e.TrainLoss), number(e.TestLoss), number(e.TestAccuracy)})
}

// UnmarshalJSON reads losses that are null as NaN.
func (e *Epoch) UnmarshalJSON(data []byte) error {
	shadow := epochJSON{epochFields: (*epochFields)(e)}
	if err := json.Unmarshal(data, &shadow); err != nil {
		return err
	}
	e.TrainLoss, e.TestLoss, e.TestAccuracy = float64(shadow.TrainLoss), float64(shadow.TestLoss), float64(shadow.Accuracy)
	return nil
}

// estimateJSON is an Estimate in JSON: one seed has no interval, and a diverged arm no mean.
type estimateJSON struct {
	Mean number `json:"mean"`
	Low  number `json:"low"`
	High number `json:"high"`
	SD   number `json:"sd"`
	N    int    `json:"n"`
}

func (e Estimate) shadow() estimateJSON {
	return estimateJSON{number(e.Mean), number(e.Low), number(e.High), number(e.SD), e.N}
}

func (j estimateJSON) estimate() Estimate {
	return Estimate{float64(j.Mean), float64(j.Low), float64(j.High), float64(j.SD), j.N}
}

// MarshalJSON writes figures that are not finite as null.
func (e Estimate) MarshalJSON() ([]byte, error) { return json.Marshal(e.shadow()) }

// UnmarshalJSON reads figures that are null as NaN.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	shadow := e.shadow()
	if err := json.Unmarshal(data, &shadow); err != nil {
		return err
	}
	*e = shadow.estimate()
	return nil
}

// slopeJSON is a Slope in JSON. Without it the methods of the Estimate would write that alone.
type slopeJSON struct {
	estimateJSON
	Positions []string `json:"positions"`
}

// MarshalJSON writes figures that are not finite as null.
func (s Slope) MarshalJSON() ([]byte, error) { return json.Marshal(slopeJSON{s.shadow(), s.Positions}) }

// UnmarshalJSON reads figures that are null as NaN.
func (s *Slope) UnmarshalJSON(data []byte) error {
	shadow := slopeJSON{s.shadow(), s.Positions}
	if err := json.Unmarshal(data, &shadow); err != nil {
		return err
	}
	*s = Slope{shadow.estimate(), shadow.Positions}
	return nil
}

// comparisonJSON shadows the means of a Comparison without pairs.
type comparisonJSON struct {
	*comparisonFields
	MeanA number `json:"mean_a"`
	MeanB number `json:"mean_b"`
}

type comparisonFields Comparison // without Comparison's methods

// MarshalJSON writes means that are not finite as null.
func (c Comparison) MarshalJSON() ([]byte, error) {
	return json.Marshal(comparisonJSON{(*comparisonFields)(&c), number(c.MeanA), number(c.MeanB)})
}

// UnmarshalJSON reads means that are null as NaN.
func (c *Comparison) UnmarshalJSON(data []byte) error {
	shadow := comparisonJSON{(*comparisonFields)(c), number(c.MeanA), number(c.MeanB)}
	if err := json.Unmarshal(data, &shadow); err != nil {
		return err
	}
	c.MeanA, c.MeanB = float64(shadow.MeanA), float64(shadow.MeanB)
	return nil
}

// trialJSON shadows the accuracies by class: a class without test images has none.
type trialJSON struct {
	*trialFields
	PerClass []number `json:"per_class"`
}

type trialFields Trial // without Trial's methods

// MarshalJSON writes the accuracy of a class without test images as null.
func (t Trial) MarshalJSON() ([]byte, error) {
	shadow := trialJSON{trialFields: (*trialFields)(&t)}
	for _, f := range t.PerClass {
		shadow.PerClass = append(shadow.PerClass, number(f))
	}
	return json.Marshal(shadow)
}

// UnmarshalJSON reads an accuracy that is null as NaN.
func (t *Trial) UnmarshalJSON(data []byte) error {
	shadow := trialJSON{trialFields: (*trialFields)(t)}
	if err := json.Unmarshal(data, &shadow); err != nil {
		return err
	}
	t.PerClass = nil
	for _, n := range shadow.PerClass {
		t.PerClass = append(t.PerClass, float64(n))
	}
	return nil
}

// finite is a pointer to f, or nil where f is no number.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
