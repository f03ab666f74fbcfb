package data

import (
	"context"
	"slices"
	"testing"

	"gradlab/transform"
)

// What is shown is what a loader with the same seed trains on.
func TestDrawsAreThoseOfTraining(t *testing.T) {
	d, err := Open(context.Background(), Spec{Source: "shapes", Train: 40, Test: 10}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := transform.List{transform.RandomCrop{Height: 28, Width: 24}, transform.Flip{}}
	draws, err := DrawsOf(d, list, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	if draws.H != 28 || draws.W != 24 || len(draws.Rows) != 10 {
		t.Fatalf("%v", draws)
	}
	table, err := NewTable[float32]("unit", d.Train)
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLoader(d.Train, table, 1, 9, false)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = l.Transformed(list, 5); err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 28*24*3)
	for epoch := range 3 {
		for i, b := range l.Epoch(context.Background(), uint64(epoch), 0) {
			k := slices.IndexFunc(draws.Rows, func(r Draw) bool { return r.Image == i })
			if k < 0 {
				continue
			}
			if table.Scale(want, draws.Rows[k].After[epoch]); !slices.Equal(b.X, want) {
				t.Fatalf("image %d in epoch %d is not what is shown", i, epoch)
			}
		}
	}
	// The sheet has the first image as it is, enlarged, and room for every draw.
	sheet := draws.Sheet(d.Train, 2)
	if sheet.Rect.Dy() < 10*64 || sheet.Rect.Dx() < 64+4*48 {
		t.Errorf("a sheet of %v", sheet.Rect)
	}
	if _, err := DrawsOf(d, transform.List{transform.CentreCrop{Height: 40, Width: 40}}, 1, 1); err == nil {
		t.Error("a crop larger than the images was drawn")
	}
}
