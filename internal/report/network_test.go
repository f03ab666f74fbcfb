package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gradlab/lab"
)

// TestWiring: of a network with a residual block and one with a projection, every output goes where it is read.
func TestWiring(t *testing.T) {
	from := func(i int) *int { return &i }
	layers := []lab.Layer{
		{Kind: "conv"}, {Kind: "tanh"}, {Kind: "conv"}, {Kind: "residual", From: from(1)}, // 4 = 3 + 1
		{Kind: "conv"}, {Kind: "projection", From: from(4)}, {Kind: "residual", From: from(6)}, // 7 = 5 + 6
		{Kind: "linear"},
	}
	above, past := wiring(layers)
	if want := []bool{false, true, true, true, true, true, false, true, true}; !slices.Equal(above, want) {
		t.Errorf("rows that read the one above are %v, want %v", above, want)
	}
	if want := []link{{1, 4}, {4, 6}, {5, 7}}; !slices.Equal(past, want) {
		t.Errorf("links are %v, want %v", past, want)
	}
	if _, past := wiring([]lab.Layer{{Kind: "residual", From: from(7)}, {Kind: "residual", From: from(-3)}, {Kind: "projection", From: from(2)}}); len(past) != 0 {
		t.Errorf("links of a damaged file are %v", past)
	}
}

// TestLanes: links that overlap lie side by side, and those that do not share a lane.
func TestLanes(t *testing.T) {
	links := []link{{0, 9}, {1, 4}, {4, 6}, {5, 7}}
	at, n := lanes(links)
	if n != 3 {
		t.Errorf("%d lanes, want 3", n)
	}
	for i, a := range links {
		for j, b := range links[:i] {
			if at[i] == at[j] && a.from < b.to && b.from < a.to {
				t.Errorf("%v and %v are in one lane", a, b)
			}
		}
	}
	if at[1] != at[2] || at[0] < at[3] {
		t.Errorf("lanes are %v: one that ends where another begins shares its lane, and the longest is outermost", at)
	}
}

// TestNetworksOfManyArms: of more arms than are drawn, each different network is, once.
func TestNetworksOfManyArms(t *testing.T) {
	p := &part{}
	for i := range 30 {
		a := arm{Arm: lab.Arm{Name: fmt.Sprint(i), Network: []lab.Layer{{Name: "linear1", Kind: "linear", Parameters: 1 + i%2}}}}
		p.Arms = append(p.Arms, a)
	}
	all, left := networks(p)
	if len(all) != 2 || all[0].Name != "0" || all[1].Name != "1" || !strings.Contains(left, "28 arms") {
		t.Errorf("%d networks are drawn, and left out are %q", len(all), left)
	}
	p.Arms = p.Arms[:maxNetworks]
	if all, left := networks(p); len(all) != maxNetworks || left != "" {
		t.Errorf("of %d arms %d are drawn, and left out are %q", maxNetworks, len(all), left)
	}
}

// TestTextOnHeat: text is black on light colours and white on dark ones, by the eye and not by the mean of the channels.
func TestTextOnHeat(t *testing.T) {
	for _, c := range []struct {
		ground uint32
		want   uint32
	}{{0x000000, 0xfefefe}, {0xffffff, 0x010101}, {0x707070, 0xfefefe}, {0x7c7c7c, 0x010101}, {0xff0000, 0x010101}, {0x0000ff, 0xfefefe}} {
		if got := on(rgb(c.ground)); got != rgb(c.want) {
			t.Errorf("text on %06x is %v, want %06x", c.ground, got, c.want)
		}
	}
}

// TestIdle: saturated units count where a function is flat at both ends, dead ones everywhere, and the worse of both.
func TestIdle(t *testing.T) {
	tr := lab.Trial{Positions: []lab.Position{{Kind: "tanh"}, {Kind: "relu"}, {Kind: "tanh"}, {Kind: "sigmoid"}}}
	w := lab.Flow{Saturated: []*float64{ptr(0.3), ptr(0.5), ptr(0.1)}, Dead: []*float64{nil, ptr(0.2), ptr(0.4)}}
	for i, want := range []float64{30, 20, 40} {
		if got := idle(tr, w, i); got != want {
			t.Errorf("position %d: %v %%, want %v", i, got, want)
		}
	}
	if got := idle(tr, w, 3); finite(got) {
		t.Errorf("of what was not seen %v %% are idle", got)
	}
}

// TestUnitsAreDrawnWhereThereAreMany: arms without saturated or dead units have no picture of them.
func TestUnitsAreDrawnWhereThereAreMany(t *testing.T) {
	one := func(name string, share float64) arm {
		return arm{Arm: lab.Arm{Name: name}, Trials: []lab.Trial{{
			Positions: []lab.Position{{Name: "tanh1", Kind: "tanh", Saturated: &share}},
			Flow:      []lab.Flow{{Steps: lab.Steps{First: 1, Last: 1}, Saturated: []*float64{&share}}}}}}
	}
	p := &part{Arms: []arm{one("a", 0.049), one("b", 0.01)}}
	if _, ok := unitsFigure(p); ok {
		t.Error("a picture of next to no saturated units")
	}
	p.Arms = append(p.Arms, one("c", 0.051))
	f, ok := unitsFigure(p)
	if !ok {
		t.Fatal("no picture of saturated units")
	}
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(svg); !strings.Contains(text, ">c<") || strings.Contains(text, ">a<") || !strings.Contains(f.Caption, "2 arms") {
		t.Errorf("which arms are drawn, and said not to be, is wrong: %s", f.Caption)
	}
}
