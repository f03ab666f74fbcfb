package diagnose

import (
	"math"
	"slices"
	"strings"

	"gradlab/internal/stats"
)

const level = 0.95 // coverage of every interval

// Interval is a figure with its 95 % interval; Low and High are NaN where there is none.
type Interval struct{ Value, Low, High float64 }

// unknown is a figure of which nothing is known.
func unknown() Interval { return Interval{math.NaN(), math.NaN(), math.NaN()} }

// over is the mean of values with Student's interval; NaNs are left out.
func over(values []float64) Interval {
	var known []float64
	for _, v := range values {
		if finite(v) {
			known = append(known, v)
		}
	}
	e := stats.Mean(known, level)
	return Interval{e.Mean, e.Low, e.High}
}

// depthPoint is the input of an activation: the output of a layer with weights, or of the normalisation behind
// it. What dL/d(pre-activation) would be is comparable between them once correction is added to its logarithm.
type depthPoint struct {
	index      int // of the position
	name       string
	correction float64
}

// depthPoints lists the pre-activations from input to output.
//
// The gradient's root mean square per element falls with the number of elements: going back by one layer it changes
// by √(χ·n₊/n), with n₊ elements behind and n before, whatever the kernel, stride and padding of a convolution;
// and a k×k max pooling, which passes each gradient on to one of k² elements, divides it by k. Both are removed by
// taking the norm per sample, that is, √n times the root mean square. An average pooling divides the norm by
// another k, since each of k² elements gets a k²-th; that is added.
func depthPoints(positions []Position) []depthPoint {
	var points []depthPoint
	for i, p := range positions {
		if p.Kind != "linear" && p.Kind != "conv" {
			continue
		}
		j := i
		for j+1 < len(positions) && strings.HasSuffix(positions[j+1].Kind, "norm") {
			j++
		}
		correction := math.Log(elements(positions[j].Shape)) / 2
		for k := j + 1; k < len(positions); k++ {
			if positions[k].Kind == "avgpool" {
				correction += math.Log(elements(positions[k-1].Shape)/elements(positions[k].Shape)) / 2
			}
		}
		points = append(points, depthPoint{j, p.Name, correction})
	}
	return points
}

func elements(shape []int) float64 {
	n := 1.0
	for _, d := range shape {
		n *= float64(max(d, 1))
	}
	return n
}

// Gradient is how the gradient changes along the depth, over some windows of a record.
type Gradient struct {
	Names []string  // of the layers, from input to output
	Slope Interval  // of ln of the gradient's norm, per layer towards the output: above 0 it shrinks towards the input
	Ratio Interval  // of ln of the first layer's norm to the last one's
	Zero  []string  // layers whose gradient is exactly zero in every window
	Norms []float64 // ln of the norm, by layer, mean over the windows; −Inf of zero
}

// gradientOf fits ln of the gradient's norm against depth, window by window, over the windows given: the interval
// is over their batches.
func gradientOf(positions []Position, windows []Window) Gradient {
	points := depthPoints(positions)
	g := Gradient{Slope: unknown(), Ratio: unknown()}
	for _, p := range points {
		g.Names = append(g.Names, p.name)
	}
	if len(points) < 2 || len(windows) == 0 {
		return g
	}
	g.Norms = make([]float64, len(points))
	zero := make([]bool, len(points))
	for k := range zero {
		zero[k] = true
	}
	var slopes, ratios, depth []float64
	for k := range points {
		depth = append(depth, float64(k))
	}
	for _, w := range windows {
		y := make([]float64, len(points))
		for k, p := range points {
			y[k] = math.NaN()
			if p.index < len(w.GradRMS) {
				y[k] = math.Log(w.GradRMS[p.index]) + p.correction
			}
			zero[k] = zero[k] && math.IsInf(y[k], -1)
			g.Norms[k] += y[k] / float64(len(windows))
		}
		if line, err := stats.FitLine(depth, y, level); err == nil {
			slopes = append(slopes, line.Slope)
			ratios = append(ratios, y[0]-y[len(y)-1])
		}
	}
	for k, p := range points {
		if zero[k] {
			g.Zero = append(g.Zero, p.name)
		}
	}
	g.Slope, g.Ratio = over(slopes), over(ratios)
	if len(slopes) == 1 {
		within(&g, points, windows[len(windows)-1], depth)
	}
	return g
}

// within gives the figures of a single window their intervals, from the spread over its batches, taking layers as
// independent of each other, which they are not: batches that are hard raise all of them, so that it is too wide.
func within(g *Gradient, points []depthPoint, w Window, depth []float64) {
	if w.Count < 2 || len(w.GradSpread) <= points[len(points)-1].index {
		return
	}
	mean := float64(len(depth)-1) / 2
	sxx, slope := 0.0, 0.0
	for _, x := range depth {
		sxx += (x - mean) * (x - mean)
	}
	spread := func(k int) float64 { return w.GradSpread[points[k].index] }
	for k, x := range depth {
		slope += math.Pow((x-mean)/sxx*spread(k), 2)
	}
	ends := math.Pow(spread(0), 2) + math.Pow(spread(len(points)-1), 2)
	// Student's factor, from the interval of two values a known distance apart.
	t := factor(w.Count)
	n := math.Sqrt(float64(w.Count))
	g.Slope.Low, g.Slope.High = g.Slope.Value-t*math.Sqrt(slope)/n, g.Slope.Value+t*math.Sqrt(slope)/n
	g.Ratio.Low, g.Ratio.High = g.Ratio.Value-t*math.Sqrt(ends)/n, g.Ratio.Value+t*math.Sqrt(ends)/n
}

// factor is Student's, on the standard error of a mean of n values.
func factor(n int) float64 {
	values := make([]float64, n)
	values[0] = 1 // any sample will do: its interval is the factor times its own standard error
	e := stats.Mean(values, level)
	return (e.High - e.Mean) * math.Sqrt(float64(n)) / e.SD
}

// recent is the windows of the second half of what has been seen, at least the newest one.
func recent(windows []Window) []Window {
	if len(windows) == 0 {
		return nil
	}
	half := windows[len(windows)-1].Last / 2
	i := slices.IndexFunc(windows, func(w Window) bool { return w.Last > half })
	if i < 0 {
		i = len(windows) - 1
	}
	return windows[i:]
}
