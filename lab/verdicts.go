package lab

// Verdicts of a Comparison, of B against A.
const (
	Better       = "better"
	Worse        = "worse"
	NoDifference = "no difference shown"
)

// cliff is the fall of accuracy at one step beyond which the whole interval of a cliff lies.
const cliff = 0.10

// Verdicts of a Trend, and of the answer about a scale, where the variable changes the number of
// layers; those of any other scale are the Comparison's. A fall is established by its corrected
// test; a cliff is a fall whose whole interval lies beyond ten points. The gradient is the one at
// the first hidden fully-connected layer.
const (
	CliffWithGradient    = "cliff with gradient"
	CliffWithoutGradient = "cliff without gradient"
	FallWithGradient     = "fall with gradient"
	FallWithoutGradient  = "fall without gradient"
	NoFall               = "no fall shown"
)

// Verdicts of the other conclusions.
const (
	Ranking           = "ranking"
	Mixed             = "better and worse"
	ClippingSeen      = "clipping"
	BetterThanGuess   = "better than chance"
	SomeDoNotLearn    = "some seeds do not learn"
	GradientRatio     = "gradients compared"
	TrialsMissing     = "trials missing"
	Diverged          = "diverged"
	NoBetterThanGuess = "no better than chance"
	NotShownToLearn   = "not shown better than chance"
	GradientVanished  = "gradient vanished"
	GradientShrinks   = "gradient shrinks towards the input"
	GradientGrows     = "gradient grows towards the input"
	NoSlope           = "no slope shown"
	Chosen            = "values chosen"
	Explained         = "explained"
)

// Metrics of a Comparison.
const (
	MetricAccuracy   = "test_accuracy"
	MetricGradient   = "log10_grad_first_hidden"
	MetricFirstLayer = "log10_grad_first_layer"
)

// Statuses of a Trial.
const (
	Done        = "done"
	Failed      = "failed"
	Interrupted = "interrupted"
	Waiting     = "waiting" // before it has begun
)
