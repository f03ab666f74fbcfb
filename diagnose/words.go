package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// say writes what was seen, with the figures over all seeds.
func say(v Verdict, f Finding, m map[string]Interval) string {
	loss := taught(m["learned"].Value)
	switch v.Kind {
	case NotFinite:
		where := "the loss"
		switch f.detail {
		case "activation":
			where = "the output of " + f.Positions[0] + ", from finite inputs and weights"
		case "gradient":
			where = "the weights of " + f.Positions[0] + ", by a gradient that overflowed there or behind it"
		}
		earliest := ""
		if v.Seeds > 1 {
			earliest = ", at the earliest,"
		}
		return fmt.Sprintf("NaN or an infinity appeared in step %.0f (epoch %.0f)%s in %s.", m["step"].Value, m["epoch"].Value, cmp.Or(earliest, ","), where)
	case Vanishing:
		if f.detail == "zero" {
			return fmt.Sprintf("The gradient is exactly zero at %s, in every batch that was probed. %s", list(v.Positions), loss)
		}
		return fmt.Sprintf("Going back from %s to %s, the gradient shrinks by a factor of %s per layer, widths and pooling accounted for: %s gets 1/%s of what %s gets. %s",
			f.last, f.first, spread(m["factor per layer"]), f.first, spread(m["last to first"]), f.last, loss)
	case Exploding:
		return fmt.Sprintf("Going back from %s to %s, the gradient grows by a factor of %s per layer, widths and pooling accounted for: %s gets %s times what %s gets. %s",
			f.last, f.first, spread(m["factor per layer"]), f.first, spread(m["first to last"]), f.last, loss)
	case Alike:
		return fmt.Sprintf("At the first step %s passed back next to nothing, 1/%s of its own gradient: its weights are the same for all classes, whose gradients add up to zero. %s",
			f.last, number(m["first step"].Value), loss)
	case DeadUnits:
		return fmt.Sprintf("Up to %s of the units of %s are off in every image. %s", percent(m["dead"].Value), list(v.Positions), loss)
	case Saturated:
		return fmt.Sprintf("Up to %s of the outputs of %s are within 1.5 %% of the activation's bounds, where it has no slope. %s", percent(m["saturated"].Value), list(v.Positions), loss)
	case StartsTooLarge:
		return fmt.Sprintf("The first loss is %s, far above that of a guess, %s. %s", number(m["first loss"].Value), number(m["guess"].Value), loss)
	case TooLarge:
		if f.detail == "ratio" {
			return fmt.Sprintf("A step moves weights by up to %s of their size. %s", percent(m["update ratio"].Value), loss)
		}
		return fmt.Sprintf("The training loss is %s, above that of a guess, %s. A step moves weights by up to %s of their size.",
			number(m["loss"].Value), number(m["guess"].Value), percent(m["update ratio"].Value))
	case Unstable:
		return fmt.Sprintf("The training loss has risen from %s to %s: %s of what was learned is lost again.", number(m["best"].Value), number(m["loss"].Value), percent(m["lost"].Value))
	case TooSlow:
		if f.detail == "path" {
			return fmt.Sprintf("All %.0f steps together can move no weights by more than %s of their size. %s", m["steps"].Value, percent(m["path"].Value), loss)
		}
		if f.detail == "few" {
			return fmt.Sprintf("Training is %.0f steps in all. %s", m["steps"].Value, loss)
		}
		return fmt.Sprintf("The training loss still falls steadily: twice as many steps would lower it by another %s of what it has fallen. %s", percent(m["gain"].Value), loss)
	case WrongLabels:
		return fmt.Sprintf("The training loss, %s, stays above the test loss, %s: what the network has learned holds for the test labels and not for those of training.",
			number(m["train"].Value), number(m["test"].Value))
	case NotLearning:
		if f.detail == "little" {
			return fmt.Sprintf("The training loss is %s, that of a guess %s. %s", number(m["loss"].Value), number(m["guess"].Value), loss)
		}
		return fmt.Sprintf("The training loss has stopped falling, at %s. %s", number(m["loss"].Value), loss)
	case Overfitting:
		if f.detail == "unshared" {
			return fmt.Sprintf("In training the network is right %s more often than a guess, on the test images %s.", points(m["trained"].Value), points(m["accuracy"].Value))
		}
		return fmt.Sprintf("The test loss has risen from %s to %s while the training loss is %s.", number(m["test best"].Value), number(m["test"].Value), number(m["train"].Value))
	}
	return ""
}

// points writes a difference of fractions.
func points(v float64) string { return fmt.Sprintf("%.1f points", 100*v) }

// taught says how much was learned.
func taught(share float64) string {
	switch {
	case !finite(share):
		return "There is no loss that tells how much was learned."
	case share < 0.005:
		return "Nothing has been learned: the training loss is no lower than a guess's."
	}
	return fmt.Sprintf("The training loss has come %s of the way from a guess's to zero.", percent(share))
}

// spread writes a figure with its interval.
func spread(i Interval) string {
	s := number(i.Value)
	if finite(i.Low) && finite(i.High) {
		s += fmt.Sprintf(" [%s, %s]", number(i.Low), number(i.High))
	}
	return s
}

// number writes about three significant digits.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case !finite(v):
		return "no number"
	case a != 0 && (a >= 1e5 || a < 1e-2):
		mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.1e", v), "e")
		power, _ := strconv.Atoi(exponent)
		return mantissa + "×10^" + strings.Replace(strconv.Itoa(power), "-", "−", 1)
	case a >= 1000:
		digits := math.Pow(10, math.Floor(math.Log10(a))-2)
		return fmt.Sprintf("%.0f", math.Round(v/digits)*digits)
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func percent(v float64) string {
	switch a := math.Abs(v); {
	case !finite(v):
		return "an unknown part"
	case a >= 0.1 || a == 0:
		return fmt.Sprintf("%.0f %%", 100*v)
	case a >= 0.001:
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return number(100*v) + " %"
}

func list(names []string) string {
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s to %s (%d layers)", names[0], names[len(names)-1], len(names))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// untried leaves out the advice to add what the network has.
func (r Record) untried(advice []string) []string {
	has := map[string]bool{"clip": r.Clipped}
	for _, p := range r.Positions {
		has[p.Kind] = true
	}
	var left []string
	for _, a := range advice {
		switch {
		case has["clip"] && strings.Contains(a, "(remedy: clip)"),
			has["batchnorm"] && strings.Contains(a, "(remedy: batchnorm)"),
			has["residual"] && strings.Contains(a, "(remedy: skip"):
		default:
			left = append(left, a)
		}
	}
	return left
}

// whyFaded names the likely cause of a gradient that fades on its way back, and what to try.
func whyFaded(r Record, s Signs) (string, []string) {
	kinds := map[string]bool{}
	for _, p := range r.Positions {
		kinds[p.Kind] = true
	}
	dead, sat := 0.0, 0.0
	for _, a := range s.Activities {
		if finite(a.Dead) {
			dead = max(dead, a.Dead)
		}
		if bounded(a.Kind) {
			sat = max(sat, a.Saturated)
		}
	}
	switch {
	case len(s.Gradient.Zero) > 0 && dead < deadMany && kinds["batchnorm"]:
		return "batch normalisation of a single value, which makes zero of every one (a batch of one), or weights of a layer that are all zero",
			[]string{"a batch of at least 16", "layer normalisation (remedy: layernorm)", "he or xavier initialisation"}
	case len(s.Gradient.Zero) > 0 && dead < deadMany:
		return "weights of a layer that are all zero, or so small that its gradient is", []string{"he or xavier initialisation"}
	case dead >= deadMany:
		return "dead units, which pass nothing back", []string{"he initialisation (remedy: he-init)", "leaky-relu (remedy: leaky-relu)", "a smaller learning rate", "inputs of mean 0 and deviation 1"}
	case sat >= satMany:
		return "saturated units, whose slope is nearly zero", []string{"xavier initialisation (remedy: xavier-init)", "a smaller learning rate", "batch normalisation (remedy: batchnorm)"}
	case kinds["sigmoid"]:
		return "sigmoid: its slope is at most 1/4, so that weights of the usual size multiply the gradient by much less than one in every layer",
			[]string{"batch normalisation (remedy: batchnorm)", "relu with he initialisation (remedy: relu+he-init)", "tanh with xavier initialisation", "skip connections with normalisation (remedy: skip+batchnorm)"}
	}
	return "weights too small for this activation: every layer multiplies the gradient by less than one, and there are many",
		[]string{"he initialisation for ReLU, xavier for tanh (remedy: he-init, remedy: xavier-init)", "batch normalisation (remedy: batchnorm)", "skip connections (remedy: skip+batchnorm)", "fewer layers"}
}
