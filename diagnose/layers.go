package diagnose

import (
	"math"
	"slices"
)

// Movement is how far updates move the weights of a layer.
type Movement struct {
	Name  string
	Ratio float64 // median over the newest windows of the update's root mean square to the weights'
	Path  float64 // the sum of that ratio over all steps: how far the weights could have gone, in units of their own size
}

func movementsOf(r Record) []Movement {
	var all []Movement
	for i, p := range r.Positions {
		if p.Kind != "linear" && p.Kind != "conv" {
			continue
		}
		m := Movement{Name: p.Name, Ratio: math.NaN()}
		var ratios []float64
		after := 0
		for _, w := range r.Windows {
			if i >= len(w.UpdateRatio) || !finite(w.UpdateRatio[i]) {
				continue
			}
			m.Path += w.UpdateRatio[i] * float64(w.Last-after)
			after = w.Last
		}
		for _, w := range recent(r.Windows) {
			if i < len(w.UpdateRatio) && finite(w.UpdateRatio[i]) {
				ratios = append(ratios, w.UpdateRatio[i])
			}
		}
		if len(ratios) > 0 {
			slices.Sort(ratios)
			m.Ratio = ratios[len(ratios)/2]
		}
		all = append(all, m)
	}
	return all
}

// Activity is how many units of an activation are dead, and how many of its elements saturated, by the newest windows.
type Activity struct {
	Name, Kind      string
	Saturated, Dead float64 // fractions; NaN where unknown
}

func activitiesOf(r Record) []Activity {
	var all []Activity
	for i, p := range r.Positions {
		a := Activity{Name: p.Name, Kind: p.Kind, Saturated: math.NaN(), Dead: math.NaN()}
		for _, w := range r.Windows {
			if i < len(w.Dead) && finite(w.Dead[i]) {
				a.Dead = w.Dead[i]
			}
		}
		n := 0.0
		for _, w := range tailWindows(r.Windows) {
			if i < len(w.Saturated) && finite(w.Saturated[i]) {
				if n == 0 {
					a.Saturated = 0
				}
				a.Saturated += w.Saturated[i]
				n++
			}
		}
		if n == 0 {
			continue
		}
		a.Saturated /= n
		all = append(all, a)
	}
	return all
}

// tailWindows is the newest four windows.
func tailWindows(w []Window) []Window { return w[max(0, len(w)-4):] }
