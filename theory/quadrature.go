package theory

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// normal is a Gaussian distribution.
type normal struct{ mean, sd float64 }

// A node of a quadrature rule: the value of the variable, and its weight, which has the density in it.
type node struct{ u, weight float64 }

// Gauss and Legendre's rule on each panel: with the panels of edges, the moments of every activation come
// out to about 1e-12.
var (
	panelX = make([]float64, 10)
	panelW = make([]float64, 10)
)

func init() { quad.Legendre{}.FixedLocations(panelX, panelW, -1, 1) }

// tails is how many deviations from the mean an integral goes.
const tails = 9.0

// nodes are those of E f(u) for u of the distribution d and an f that is smooth but for a kink at zero and
// varies over a distance of about one near it. between are more places at which f changes fast.
func (d normal) nodes(between ...float64) []node {
	if !(d.sd > 0) {
		return []node{{d.mean, 1}}
	}
	var all []node
	edges := d.edges(between)
	for i := 1; i < len(edges); i++ {
		middle, half := (edges[i]+edges[i-1])/2, (edges[i]-edges[i-1])/2
		for k, x := range panelX {
			u := middle + half*x
			z := (u - d.mean) / d.sd
			all = append(all, node{u, half * panelW[k] * math.Exp(-z*z/2) / (d.sd * math.Sqrt(2*math.Pi))})
		}
	}
	return all
}

// edges are those of the panels: at zero, one and a half deviations apart at most, and near zero one and a
// half apart at most, further away more.
func (d normal) edges(between []float64) []float64 {
	low, high := d.mean-tails*d.sd, d.mean+tails*d.sd
	marks := make([]float64, 0, 64)
	for z := -tails; z <= tails; z += 1.5 {
		marks = append(marks, d.mean+z*d.sd)
	}
	marks = append(marks, 0)
	for a := 1.5; a < high || -a > low; a += max(1.5, a/2) {
		marks = append(marks, a, -a)
	}
	marks = append(marks, between...)
	marks = slices.DeleteFunc(marks, func(u float64) bool { return !(u >= low && u <= high) })
	slices.Sort(marks)
	return slices.Compact(marks)
}

// expect is E f(u).
func (d normal) expect(f func(float64) float64) float64 {
	if !(d.sd > 0) {
		return f(d.mean)
	}
	sum := 0.0
	edges := d.edges(nil)
	for i := 1; i < len(edges); i++ {
		middle, half := (edges[i]+edges[i-1])/2, (edges[i]-edges[i-1])/2
		panel := 0.0
		for k, x := range panelX {
			u := middle + half*x
			z := (u - d.mean) / d.sd
			panel += panelW[k] * math.Exp(-z*z/2) * f(u)
		}
		sum += half * panel
	}
	return sum / (d.sd * math.Sqrt(2*math.Pi))
}

// expectPair is E f(u₁)f(u₂) for two variables of the distribution d with the correlation c.
func (d normal) expectPair(f func(float64) float64, c float64) float64 {
	c = max(-1, min(c, 1))
	rest := d.sd * math.Sqrt((1-c)*(1+c)) // deviation of u₂ where u₁ is known
	if !(d.sd > 0) || rest < 1e-9*d.sd {
		return d.expect(func(u float64) float64 {
			return f(u) * f(d.mean+math.Copysign(1, c)*(u-d.mean))
		})
	}
	// Where u₂'s mean crosses the kink at zero, the inner integral changes as fast as rest is small.
	var between []float64
	if c != 0 {
		cross := d.mean * (c - 1) / c
		for _, r := range []float64{-9, -3, -1, 0, 1, 3, 9} {
			between = append(between, cross+r*rest/c)
		}
	}
	sum := 0.0
	for _, n := range d.nodes(between...) {
		given := normal{d.mean + c*(n.u-d.mean), rest}
		sum += n.weight * f(n.u) * given.expect(f)
	}
	return sum
}

// below is the probability that u lies below b.
func (d normal) below(b float64) float64 {
	if !(d.sd > 0) {
		if d.mean < b {
			return 1
		}
		return 0
	}
	return math.Erfc((d.mean-b)/(d.sd*math.Sqrt2)) / 2
}

// largest gives mean and variance of the largest of k independent standard Gaussian variables, whose
// density is kφ(z)Φ(z)^(k−1).
func largest(k int) (mean, variance float64) {
	z := normal{0, 1}
	var second float64
	for _, n := range z.nodes() {
		w := n.weight * float64(k) * math.Pow(z.below(n.u), float64(k-1))
		mean += w * n.u
		second += w * n.u * n.u
	}
	return mean, second - mean*mean
}
