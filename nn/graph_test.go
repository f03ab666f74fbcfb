package nn

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGraph(t *testing.T) {
	m := Model{Layers: []Layer{
		Flatten{},
		Residual{Layers: []Layer{Linear{Out: 12}, Activation{Name: "tanh"}}},                // of 12 inputs: nothing is projected
		Residual{Layers: []Layer{Linear{Out: 6}, Activation{Name: "relu"}, Linear{Out: 5}}}, // onto 5
		Linear{Out: Classes},
	}}
	p, err := Compile[float32](m, Shape{2, 2, 3}, 4, Options{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range p.Graph() {
		got = append(got, fmt.Sprintf("%d %s %v %d %v", n.Index, n.Name, n.Shape, n.Parameters, n.Reads))
	}
	want := []string{
		"1 flatten1 12 0 [0]",
		"2 linear1 12 156 [1]", "3 tanh1 12 0 [2]", "4 residual1 12 0 [3 1]",
		"5 linear2 6 78 [4]", "6 relu1 6 0 [5]", "7 linear3 5 35 [6]", "8 projection1 5 60 [4]", "9 residual2 5 0 [7 8]",
		"10 linear4 4 24 [9]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	first, err := Compile[float32](Model{Layers: []Layer{Residual{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(1)}}}, Flatten{}}}, Shape{2, 2, 3}, 12, Options{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(first.Graph()[1].Reads); got != "[1 0]" {
		t.Errorf("a block that the input goes into adds %s", got)
	}
}
