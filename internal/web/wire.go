package web

import "gradlab/lab"

// What the page gets as JSON. A figure that is not known, or is no finite number, is null.

// List is GET /api/runs.
type List struct {
	Runs  []RunLine `json:"runs"`
	Paths []string  `json:"paths"` // where they are looked for
}

// RunLine is one run in the list of runs.
type RunLine struct {
	ID        string   `json:"id"` // in addresses: letters, digits, hyphens and underscores
	Path      string   `json:"path"`
	Study     string   `json:"study"`
	State     string   `json:"state"` // "running", "finished", "interrupted", "damaged"
	Begun     string   `json:"begun"` // RFC 3339: when it began or last went on
	Trials    int      `json:"trials"`
	Done      int      `json:"done"`
	Failed    int      `json:"failed"`
	Share     float64  `json:"share"`     // of its training that is done, in [0, 1]: of one that is not in memory by trials
	Left      *float64 `json:"left"`      // seconds until it has finished, as far as can be said
	Seconds   float64  `json:"seconds"`   // of training, all trials' epochs together, however often the run was interrupted; of one that is not in memory what was last known
	Stoppable bool     `json:"stoppable"` // this process runs it: POST …/stop works
	Result    string   `json:"result"`    // the first answer
	Problems  []string `json:"problems,omitempty"`
}

// Run is GET /api/runs/{run}: everything about a run but its curves and what belongs to single trials.
type Run struct {
	RunLine
	Command  string       `json:"command"`
	Machine  *lab.Machine `json:"machine"`
	Warnings []string     `json:"warnings"`
	Parts    []Part       `json:"parts"`
	Trials   []TrialLine  `json:"lines"` // all trials in the study's order, those first with which values are chosen
}

// Part is one study of a tour, or the study itself.
type Part struct {
	Study       string           `json:"study"`
	Question    string           `json:"question"`
	Source      string           `json:"source"` // the study file
	Seeds       int              `json:"seeds"`
	Data        DataLine         `json:"data"`
	Varied      []lab.Variable   `json:"varied"`
	Arms        []Arm            `json:"arms"`
	Leaders     []string         `json:"leaders"`
	Choice      *lab.Choice      `json:"choice"` // of the values that arms leave open; null without any
	Tested      bool             `json:"tested"` // the test set is run once, at the end: epochs have no figures of it
	Conclusions []lab.Conclusion `json:"conclusions"`
	Comparisons []lab.Comparison `json:"comparisons"`
	Trends      []lab.Trend      `json:"trends"`
}

// DataLine is the data that a part trains on.
type DataLine struct {
	Name    string   `json:"name"`
	Train   int      `json:"train"`
	Test    int      `json:"test"`
	Shape   []int    `json:"shape"` // height, width, channels
	Classes []string `json:"classes"`
}

// Arm is an arm with what its finished trials came to: lab.Arm as results.json has it (name, labels, network, parameters,
// test_accuracy, diagnosis, theory …), and how it looks in every chart.
type Arm struct {
	lab.Arm
	Look Look `json:"look"`
}

// Look is how an arm is drawn: any one of these tells it from its neighbours.
type Look struct {
	Light string    `json:"light"` // colour on a light ground: "#0b6bb0"
	Dark  string    `json:"dark"`
	Dash  []float64 `json:"dash"` // lengths on and off; empty for a whole line
}

// TrialLine is one trial in the list of trials.
type TrialLine struct {
	ID        string    `json:"id"` // the trial's hash; the trial's address is /api/runs/{run}/trials/{id}
	Part      int       `json:"part"`
	Arm       int       `json:"arm"` // of the part
	Candidate string    `json:"candidate,omitempty"`
	Seed      uint64    `json:"seed"`
	Status    string    `json:"status"` // "waiting", "running", "done", "failed", "interrupted"
	Error     string    `json:"error,omitempty"`
	Epoch     int       `json:"epoch"`  // finished ones
	Epochs    int       `json:"epochs"` // of all; 0 where that is not known
	Share     float64   `json:"share"`  // of its training that is done, in [0, 1]
	Left      *float64  `json:"left"`   // seconds
	Loss      *float64  `json:"loss"`   // newest training loss
	Accuracy  *float64  `json:"accuracy"`
	Of        string    `json:"of"`    // what accuracy is of: "test", "validation", "training"; "" without one
	Spark     []float64 `json:"spark"` // training loss over time, at most 24 values
}

// Band is a curve over seeds: mean, and Student's 95 % interval from three seeds on, smallest and largest of two.
type Band struct {
	Mid  []*float64 `json:"mid"`
	Low  []*float64 `json:"low"`
	High []*float64 `json:"high"`
	N    []int      `json:"n"` // seeds
}

// Curves is GET /api/runs/{run}/curves?part=0: those of every arm of a part, over steps and over epochs.
type Curves struct {
	Arms []ArmCurves `json:"arms"`
}

// ArmCurves are the curves of an arm over its trials. Metrics are "train_loss", "test_loss", "test_accuracy",
// "train_accuracy", "validation_loss", "validation_accuracy", as far as there are any.
type ArmCurves struct {
	Arm    int             `json:"arm"`
	Steps  []int           `json:"steps"` // last step of each window of training
	Loss   Band            `json:"loss"`  // training loss by window
	Epochs map[string]Band `json:"epochs"`
}

// SeedCurves is GET /api/runs/{run}/seeds?part=0&arm=1: the single trials behind an arm's curves.
type SeedCurves struct {
	Trials []TrialCurves `json:"trials"`
}

// TrialCurves are the curves of one trial.
type TrialCurves struct {
	ID     string                `json:"id"`
	Seed   uint64                `json:"seed"`
	Steps  []int                 `json:"steps"`
	Loss   []*float64            `json:"loss"`
	Epochs map[string][]*float64 `json:"epochs"`
}

// Flow is GET /api/runs/{run}/flow?part=0&arm=1 (the mean over the arm's trials) or …&trial={id} (one trial): what was
// seen at every position during every window of training.
type Flow struct {
	Positions []FlowPosition          `json:"positions"`           // from input to output
	Steps     []lab.Steps             `json:"steps"`               // of the windows
	Trials    int                     `json:"trials"`              // over which means are taken
	Values    map[string][][]*float64 `json:"values"`              // [window][position] of "grad_rms" (geometric mean), "act_std", "saturated", "dead", "update_ratio" (geometric); of scales the mean of those that are not zero, and zero where all are
	Zero      [][]int                 `json:"zero"`                // [window][position]: in how many trials the gradient is exactly zero
	Theory    map[string][]*float64   `json:"theory"`              // [position] of "grad_rms", "act_std" at the first step; empty where there is none
	NoTheory  string                  `json:"no_theory,omitempty"` // why
}

// FlowPosition is a position with the figures over all of training.
type FlowPosition struct {
	Name       string        `json:"name"`
	Kind       string        `json:"kind"`
	Shape      []int         `json:"shape"`
	Parameters int           `json:"parameters"` // number of trained values
	Over       *lab.Position `json:"over"`       // means over the trials that have ended, geometric ones of gradients, weights and updates; null before
}

// TrialDetail is GET /api/runs/{run}/trials/{id}: everything about a trial.
type TrialDetail struct {
	Line       TrialLine         `json:"line"`
	Trial      lab.Trial         `json:"trial"` // as result.json has it; of one under way, what is known
	Windows    []lab.Steps       `json:"windows"`
	Histograms [][]lab.Histogram `json:"histograms"` // [window][position] of activations; empty of runs from before they were taken
	Weights    bool              `json:"weights"`    // there are weights to draw pictures from
}

// RunComparison is GET /api/compare?a={run}&b={run}: arms of the same name, paired by seed.
type RunComparison struct {
	A    RunLine          `json:"a"`
	B    RunLine          `json:"b"`
	Same []string         `json:"same"` // what the runs have in common: "study", "data", "seeds"
	Arms []lab.Comparison `json:"arms"` // A: the arm in run a, B: the same in run b; metric "test_accuracy"
}

// Change is what an event of GET /api/events says of one run: event "change". The page then takes Lines in place of those
// that it has, and asks again for the rest where Parts says so.
type Change struct {
	Run   RunLine     `json:"run"`
	Lines []TrialLine `json:"lines"` // those that have changed
	Parts bool        `json:"parts"` // arms, diagnoses, conclusions have changed: ask for the run again
}
