package data

import (
	"context"
	"os"
	"reflect"
	"testing"
)

// TestDescribe: what is said of a data set is what opening it gives, errors included.
func TestDescribe(t *testing.T) {
	ctx := context.Background()
	for _, text := range []string{
		"shapes?train=30&test=20", "shapes?seed=3", "nowhere/at/all",
	} {
		compareInfo(ctx, t, text, Options{})
	}
	empty := Options{Cache: t.TempDir()}
	for text, want := range map[string]string{
		"cifar10?seed=3":      "failed to open cifar10: seed is for sets that are drawn",
		"cifar10?train=60000": "failed to open cifar10: 60000 training images were asked for, it has 50000",
		"cifar10?test=10001":  "failed to open cifar10: 10001 test images were asked for, it has 10000",
	} {
		spec, err := ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Describe(ctx, spec, empty); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	i, err := Describe(ctx, Spec{Source: "cifar10", Train: 100}, empty)
	if err != nil || i.Train != 100 || i.Test != 10_000 || i.H*i.W*i.C != 3072 || len(i.Classes) != 10 || i.Bytes != 60_000*3073 {
		t.Errorf("CIFAR-10 that is not here: %+v, %v", i, err)
	}
}

// TestDescribeCIFAR looks at the real archive, if there is one.
func TestDescribeCIFAR(t *testing.T) {
	path := os.Getenv("GRADLAB_CIFAR10")
	if path == "" {
		t.Skip("GRADLAB_CIFAR10 names no archive")
	}
	here, err := Describe(context.Background(), Spec{Source: path, Train: 100}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := Describe(context.Background(), Spec{Source: "cifar10", Train: 100}, Options{})
	if err != nil || !reflect.DeepEqual(here, known) {
		t.Errorf("%+v, known as %+v (%v)", here, known, err)
	}
}

func compareInfo(ctx context.Context, t *testing.T, text string, o Options) {
	t.Helper()
	spec, err := ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Describe(ctx, spec, o)
	d, e := Open(ctx, spec, o)
	if e != nil {
		if err == nil || err.Error() != e.Error() {
			t.Errorf("%s: %v, opening it gives %v", text, err, e)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(i, d.Info()) {
		t.Errorf("%s: %+v (%v), opening it gives %+v", text, i, err, d.Info())
	}
}
