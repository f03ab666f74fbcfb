package diagnose

// Limits of the rules. All are ratios: of gradients to each other, of updates to weights, of losses to the loss of
// a guess. They were set on one half of the benchmark's networks (docs/diagnosis.md).
const (
	judged  = 0.5 // of training must be over before it is said how much was learned
	settled = 200 // steps before which a network may know nothing

	// Shares of the loss of a guess that have been learned.
	little     = 0.21 // who has learned less is not learning
	lowest     = 0.3  // below which training has stopped too early, if it has
	high       = 0.65 // below which that is worth a remark, and saturation is trouble
	unfinished = 0.68 // below which who still learns steadily has been too slow
	much       = 0.7  // above which neither dead units nor a small gradient do harm

	// Shares of what has been learned, by which the loss falls while the number of steps doubles.
	stalled = 0.03 // of who has stopped
	steady  = 0.29 // of who has not moved far
	steep   = 0.5  // of who has moved far and only begins to learn
	relapse = 0.05 // as a fall: who loses so much in twice the steps is unstable

	// Paths of the weights, of their own size, that all updates of a training add up to at most.
	pathShort = 0.1   // too short in any training
	pathSlow  = 0.6   // too short where the loss still falls steadily
	violent   = 0.015 // of a single update: weights have no time to settle

	faded    = 100.0 // last layer's gradient to the first one's
	grown    = 50.0  // and the other way round
	deadMany = 0.5   // of a layer's units
	satMany  = 0.8   // of a layer's outputs
	outsized = 3.5   // guesses: a first loss above that shows weights that start too large
	disputed = 0.7   // what training has learned to what testing shows
)
