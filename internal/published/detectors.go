package published

// Run is what the detectors see of a training run.
type Run struct {
	Epochs      []Epoch // that have ended
	Of          int     // epochs in all
	Inspections []Inspection
}

// Epoch is what an epoch came to. Accuracies are fractions.
type Epoch struct {
	Step                        int // the epoch's last one
	TrainLoss, TestLoss         float64
	TrainAccuracy, TestAccuracy float64
}

// Finding is a rule that fired, and the first step at which it could be told.
type Finding struct {
	Rule, Layer string
	Step        int
}

// Detector is a set of published rules.
type Detector struct {
	Name   string
	Detect func(Run) []Finding // the first time of each rule
}

// Detectors lists all of them.
func Detectors() []Detector {
	return []Detector{
		{"AutoTrainer", AutoTrainer},
		{"SageMaker Debugger", Debugger},
		{"TheDeepChecker", DeepChecker},
	}
}

// findings keeps the first time of each rule.
type findings []Finding

func (f *findings) add(rule, layer string, step int) {
	for _, g := range *f {
		if g.Rule == rule {
			return
		}
	}
	*f = append(*f, Finding{rule, layer, step})
}
