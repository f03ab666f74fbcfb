package report

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

// tone is a colour of the drawings: as drawn, on white, and its counterpart on a dark page, which
// the inline drawings of report.html take by a CSS variable.
type tone struct{ light, dark color.NRGBA }

var (
	ink    = tone{rgb(0x1f2430), rgb(0xe7e9ee)} // text
	muted  = tone{rgb(0x5b6472), rgb(0xa3acba)} // axis labels
	axis   = tone{rgb(0xaab2be), rgb(0x566070)}
	grid   = tone{rgb(0xe6e9ee), rgb(0x2b313a)}
	paper  = tone{rgb(0xffffff), rgb(0x181b21)} // the ground
	absent = tone{rgb(0xd9dde3), rgb(0x3a414c)} // a cell without a figure
	gain   = tone{rgb(0x0b6bb1), rgb(0x5aaff0)} // a better verdict
	loss   = tone{rgb(0xc2500a), rgb(0xf2914f)} // a worse one
)

// hues are told apart with every kind of colour blindness (after Okabe and Ito, 2008), darkened to
// reach a contrast of three to one on white.
var hues = []tone{
	{rgb(0x0b6bb0), rgb(0x5ab0f0)}, // blue
	{rgb(0xc8570a), rgb(0xf28e4b)}, // vermilion
	{rgb(0x00806a), rgb(0x3cc9a5)}, // green
	{rgb(0xa0508f), rgb(0xdd94cc)}, // purple
	{rgb(0xa67c00), rgb(0xe3be4b)}, // amber
	{rgb(0x4a97c2), rgb(0x9ad4f2)}, // sky
	{rgb(0x6b6f76), rgb(0xb5bbc4)}, // grey
	{rgb(0xa8233a), rgb(0xf0788c)}, // crimson
}

// ramps run from the smallest value of a numeric variable to its largest, one ramp per value of the
// other variables. Their lightness changes one way, so that they read as an order without hue.
var ramps = [][2]tone{
	{{rgb(0x7fb9e3), rgb(0x2c6fa6)}, {rgb(0x062f57), rgb(0xc4e5ff)}},
	{{rgb(0xefa978), rgb(0xa3541f)}, {rgb(0x6e2a02), rgb(0xffd5b3)}},
	{{rgb(0x74c7b2), rgb(0x1f8069)}, {rgb(0x00443a), rgb(0xbdf4e5)}},
	{{rgb(0xd19cc6), rgb(0x8b4b7e)}, {rgb(0x521548), rgb(0xf7d2ee)}},
}

// alone is the ramp of a single numeric variable, by way of a middle.
var alone = [3]tone{
	{rgb(0xd99a1c), rgb(0x9c86ff)}, {rgb(0xb8336a), rgb(0xf0719b)}, {rgb(0x2e1f6b), rgb(0xffd67a)},
}

var dashes = [][]vg.Length{nil, {6, 2.5}, {1.8, 2.2}, {7, 2, 1.8, 2}}

var glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, diamond{}, plus{}, ring{}, hollow{}, cross{}}

// series is how an arm looks in every picture of its part: colour, dashes and marker, any one of
// which tells it from its neighbours.
type series struct {
	tone
	dashes []vg.Length
	glyph  draw.GlyphDrawer
}

// styleArms gives every arm of a part its look. Where one varied value is a number with at least
// three values, it is told by lightness, and the others by hue and dashes; else each arm has a hue.
func styleArms(varied []lab.Variable, arms []lab.Arm) []series {
	out := make([]series, len(arms))
	scale := lightnessScale(varied, arms)
	var groups []string
	group := make([]int, len(arms))
	for i := range arms {
		key := arms[i].Others(scale.Name)
		if !slices.Contains(groups, key) {
			groups = append(groups, key)
		}
		group[i] = slices.Index(groups, key)
	}
	if scale.Name == "" || len(groups) > len(ramps) {
		for i := range arms {
			out[i] = series{hues[i%len(hues)], dashes[(i+i/len(hues))%len(dashes)], glyphs[(i+i/len(hues))%len(glyphs)]}
		}
		return out
	}
	for i := range arms {
		rank := scale.Rank(&arms[i])
		at := float64(rank) / float64(len(scale.Values)-1)
		t := mix(ramps[group[i]][0], ramps[group[i]][1], at)
		if len(groups) == 1 {
			t = mix(alone[0], alone[1], 2*at)
			if at > 0.5 {
				t = mix(alone[1], alone[2], 2*at-1)
			}
		}
		out[i] = series{t, dashes[group[i]%len(dashes)], glyphs[rank%len(glyphs)]}
	}
	return out
}

// lightnessScale is the first variable that is a number with at least three values and has one in
// every arm; the zero Variable if there is none.
func lightnessScale(varied []lab.Variable, arms []lab.Arm) lab.Variable {
	for _, v := range varied {
		everywhere := !slices.ContainsFunc(arms, func(a lab.Arm) bool { return v.Rank(&a) < 0 })
		if v.Numeric && len(v.Values) >= 3 && everywhere {
			return v
		}
	}
	return lab.Variable{}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func rgb(x uint32) color.NRGBA {
	return color.NRGBA{uint8(x >> 16), uint8(x >> 8), uint8(x), 0xff}
}

func mix(a, b tone, t float64) tone {
	return tone{mixColor(a.light, b.light, t), mixColor(a.dark, b.dark, t)}
}

func mixColor(a, b color.NRGBA, t float64) color.NRGBA {
	at := func(x, y uint8) uint8 { return uint8(float64(x) + t*(float64(y)-float64(x)) + 0.5) }
	return color.NRGBA{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), 0xff}
}

// fade is a colour with an opacity in [0, 1].
func fade(t tone, opacity float64) color.Color {
	return faded{t.light, uint32(0xffff * opacity)}
}

// faded is a colour with an opacity that survives premultiplication: vgsvg divides by the opacity
// again and rounds down, so the products here are rounded up. With NRGBA the SVG would show colours
// one too dark, which Inline could not recognise.
type faded struct {
	color.NRGBA
	alpha uint32 // of 0xffff
}

func (f faded) RGBA() (r, g, b, a uint32) {
	up := func(c uint8) uint32 { return min(uint32(c)*f.alpha/0xff+1, f.alpha) }
	return up(f.R), up(f.G), up(f.B), f.alpha
}

// heatStops are the colours of the heat map, from the smallest gradient to the largest: lightness
// rises all the way, so that it reads in grey too.
var heatStops = []color.NRGBA{rgb(0x1b1037), rgb(0x3a2a7a), rgb(0x2f5f9e), rgb(0x1f8f96), rgb(0x53b67a), rgb(0xb4d35c), rgb(0xfbe96f)}

// heat is the colour of level i of n.
func heat(i, n int) color.NRGBA {
	x := float64(i) / float64(max(n-1, 1)) * float64(len(heatStops)-1)
	k := min(int(x), len(heatStops)-2)
	return mixColor(heatStops[k], heatStops[k+1], x-float64(k))
}

// Look is how an arm is drawn outside this package: its colour on a light and a dark ground, as "#rrggbb", and the
// lengths on and off of its dashes, none for a whole line.
type Look struct {
	Light, Dark string
	Dashes      []float64
}

// Looks gives every arm of a part the look that it has in all pictures.
func Looks(varied []lab.Variable, arms []lab.Arm) []Look {
	var out []Look
	for _, s := range styleArms(varied, arms) {
		l := Look{Light: hex(s.light), Dark: hex(s.dark)}
		for _, d := range s.dashes {
			l.Dashes = append(l.Dashes, d.Points())
		}
		out = append(out, l)
	}
	return out
}
