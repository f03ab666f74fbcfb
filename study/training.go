package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gradlab/optim"
	"gradlab/train"
)

// What a training may be at most.
const (
	maxEpochs = 1_000_000
	maxBatch  = 1 << 20
)

// training reads the mapping under train.
func training(to *train.Config) reader {
	return func(d *decoder, name string, n *node) {
		n = withDefaults(n, name)
		d.fields(n, n, name,
			must("epochs", "2", integer(&to.Epochs, 1, maxEpochs)),
			must("batch", "32", integer(&to.Batch, 1, maxBatch)),
			must("sgd", "{rate: 0.01}", sgd(&to.Rule)),
			may("schedule", "cosine", schedule(&to.Schedule)),
			may("penalty", "{l2: 1e-3}", penalty(&to.Rule.Penalty)),
			may("max-norm", "3", maxNorm(&to.Rule.MaxNorm)),
			may("label-smoothing", "0.1", number(&to.LabelSmoothing, fraction)),
			may("clip", "{norm: 1}", clipping(&to.Clip)),
			may("validation", "0.1", number(&to.Validation, belowOne)),
			may("early-stopping", "{patience: 3}", earlyStopping(&to.EarlyStopping)),
			may("test", train.TestOnce, whenTested(&to.Test)),
			must("inputs", "unit", inputs(to)),
			may("transforms", "[{random-crop: {padding: 4}}, flip]", transforms(&to.Transforms)),
			may("probe", "100", probe(&to.Probe)))
		if to.EarlyStopping.Patience > 0 && to.Validation == 0 {
			d.add(n.key("early-stopping").problem("add validation: 0.1, the share of the training images that are held out", "early-stopping: there is nothing to validate on"))
		}
		if to.Rule.Decoupled && to.Rule.WeightDecay != 0 && to.Rule.Penalty.L2 != 0 {
			d.add(n.key("penalty").problem("take one of the two", "%s: a decoupled weight decay beside an L2 penalty", name))
		}
	}
}

func sgd(to *optim.SGD) reader {
	return func(d *decoder, name string, n *node) {
		d.fields(n, n, name,
			must("rate", "0.01", number(&to.Rate, positive)),
			may("momentum", "0.9", number(&to.Momentum, belowOne)),
			may("nesterov", "true", toggle(&to.Nesterov, true)),
			may("weight-decay", "5e-4", number(&to.WeightDecay, notNegative)),
			may("decoupled", "true", toggle(&to.Decoupled, true)))
		if to.Decoupled && n.get("weight-decay") == nil {
			d.add(n.key("decoupled").problem("add weight-decay: 5e-4", "decoupled: there is no weight decay"))
		}
		if to.Nesterov && to.Momentum == 0 {
			d.add(n.key("nesterov").problem("add momentum: 0.9", "nesterov: needs a momentum above 0"))
		}
	}
}

// penalty reads what is added to the loss: {l1: …} or {l2: …} or both.
func penalty(to *optim.Penalty) reader {
	return func(d *decoder, name string, n *node) {
		before := len(d.list)
		if d.fields(n, n, name,
			may("l1", "1e-4", number(&to.L1, notNegative)),
			may("l2", "1e-3", number(&to.L2, notNegative)),
			may("biases", "true", toggle(&to.Biases, true)),
			may("norms", "true", toggle(&to.Norms, true))) && len(d.list) == before && n.get("l1") == nil && n.get("l2") == nil {
			d.add(n.problem("for example penalty: {l2: 1e-3}", "%s: expected l1 or l2 with its factor, found neither", name))
		}
		if to.IsZero() { // what then is penalised makes no difference, to no hash either
			*to = optim.Penalty{}
		}
	}
}

// whenTested reads when the test set is run: once, or each-epoch.
func whenTested(to *string) reader {
	return func(d *decoder, name string, n *node) {
		var when string
		choice(&when, "each-epoch or once", []string{"each-epoch", train.TestOnce})(d, name, n)
		if *to = when; when == "each-epoch" {
			*to = train.TestEachEpoch
		}
	}
}

// maxNorm reads the largest norm of a unit's weights, or the word none.
func maxNorm(to *float64) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == text && n.text() == "none" {
			*to = 0
			return
		}
		number(to, span{"a number above 0, or none", positive.ok})(d, name, n)
	}
}

// earlyStopping reads {patience: …}, or the word never.
func earlyStopping(to *train.EarlyStopping) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == text && n.text() == "never" {
			return
		}
		d.fields(n, n, name, must("patience", "3", integer(&to.Patience, 1, maxEpochs)))
	}
}

// scheduleOptions are the shapes of a schedule, optim.Schedules, with their options.
func scheduleOptions(to *optim.Schedule) map[string][]field {
	return map[string][]field{
		"constant": {},
		"cosine":   {may("floor", "0.1", number(&to.Floor, fraction))},
		"step": {
			must("every", "10", integer(&to.Every, 1, maxEpochs)),
			may("factor", "0.5", number(&to.Factor, positive))},
	}
}

// schedule reads a name, or a mapping of one name to its options, with a warmup beside it:
//
//	schedule: cosine
//	schedule: {step: {every: 10, factor: 0.5}, warmup: 100}
func schedule(to *optim.Schedule) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != mapping {
			choice(&to.Name, "a schedule", optim.Schedules())(d, name, n)
			if to.Name == "step" {
				d.add(n.problem("write {step: {every: 10}}", "%s: step needs the epochs between two steps", name))
			}
			return
		}
		to.Name = "constant"
		chosen := ""
		fields := []field{may("warmup", "100", integer(&to.Warmup, 0, math.MaxInt32))}
		for _, shape := range optim.Schedules() {
			fields = append(fields, may(shape, "", func(d *decoder, _ string, options *node) {
				if chosen != "" {
					d.add(n.key(shape).problem("", "%s: expected one shape, found %s beside %s", name, shape, chosen))
					return
				}
				to.Name, chosen = shape, shape
				if options.kind != null || shape == "step" {
					d.fields(n.key(shape), options, shape, scheduleOptions(to)[shape]...)
				}
			}))
		}
		d.fields(n, n, name, fields...)
	}
}

// clipping reads one way of clipping gradients with its limit: {norm: 1}.
func clipping(to *optim.Clip) reader {
	return func(d *decoder, name string, n *node) {
		var fields []field
		for _, by := range optim.Clips() {
			fields = append(fields, may(by, "1", func(d *decoder, _ string, limit *node) {
				if to.By != "" {
					d.add(n.key(by).problem("remove one of the two", "%s: expected one way, found %s beside %s", name, by, to.By))
					return
				}
				to.By = by
				number(&to.Limit, positive)(d, by, limit)
			}))
		}
		if n.kind == text && slices.Contains(optim.Clips(), n.text()) {
			d.add(n.problem(fmt.Sprintf("for example clip: {%s: 1}", n.text()), "%s: %s needs a limit", name, n.text()))
			return
		}
		before := len(d.list)
		if d.fields(n, n, name, fields...) && to.By == "" && len(d.list) == before {
			d.add(n.problem("for example clip: {norm: 1}", "%s: expected one of %s with a limit, found nothing", name, strings.Join(optim.Clips(), ", ")))
		}
	}
}

// probe reads the steps between two probes, or the word never.
func probe(to *int) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind == text && n.text() == "never" {
			*to = -1
			return
		}
		if n.kind != whole {
			d.expect(name, "a number of steps, or never", n)
			return
		}
		integer(to, 1, math.MaxInt32)(d, name, n)
	}
}
