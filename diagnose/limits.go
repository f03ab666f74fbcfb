package diagnose

// Limits of the rules. All are ratios: of gradients to each other, of updates to weights, of losses to the loss of
// a guess. They were set on the first three rounds of the benchmark (docs/diagnosis.md).
const (
	judged  = 0.5 // of training must be over before it is said how much was learned
	settled = 200 // steps before which a network may know nothing
	begun   = 100 // steps before which a loss that falls says nothing
	few     = 50  // steps in which nothing is learned

	// Shares of the loss of a guess that have been learned.
	little     = 0.2  // who has learned less is not learning
	high       = 0.65 // below which that is worth a remark, and saturation is trouble
	unfinished = 0.68 // below which who still learns steadily has been too slow
	much       = 0.7  // above which neither dead units nor a small gradient do harm

	// Shares of what has been learned, by which the loss falls while the number of steps doubles.
	stalled = 0.03  // of who has stopped
	slow    = 0.22  // of who can hardly have moved
	steady  = 0.295 // of who has not moved far
	steep   = 0.36  // of anyone: so much is left to learn
	relapse = 0.05  // as a fall: who loses so much in twice the steps is unstable

	// Paths of the weights, of their own size, that all updates of a training add up to at most.
	pathShort = 0.1   // too short in any training
	pathHard  = 0.3   // hardly moved
	pathSlow  = 0.6   // not moved far
	restless  = 0.012 // of a single update, of who has nearly stopped learning: weights have no time to settle
	idle      = 0.12  // gain of who has

	alike    = 1e-6  // of the logits' gradient, at the layer before them: what rounding leaves where it adds up to zero
	faded    = 100.0 // last layer's gradient to the first one's
	grown    = 50.0  // and the other way round
	deadMany = 0.5   // of a layer's units
	satMany  = 0.8   // of a layer's outputs
	outsized = 10    // guesses: a first loss above that shows weights that start too large
	evident  = 0.2   // of accuracy in training above a guess's: something was learned
	unshared = 0.25  // of that which testing shows: below, what was learned holds for training alone
	harmless = 0.57  // learned by the test loss: wrong labels have done no harm
	shown    = 0.12  // learned by the test loss: noisy labels hide it from the training loss
	disputed = 0.7   // what training has learned to what testing shows
)
