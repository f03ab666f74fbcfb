package data

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"gradlab/internal/rng"
)

func newLoader(t testing.TB, s *Set, batch int, seed uint64, shuffle bool) *Loader[float32] {
	t.Helper()
	table, err := NewTable[float32]("unit", s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLoader(s, table, batch, seed, shuffle)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every batch, from every start, is what its definition says.
func TestLoader(t *testing.T) {
	for _, n := range []int{0, 1, 5, 64, 65, 300} {
		for _, batch := range []int{1, 4, 7, 64, 100, 1000} {
			for _, shuffle := range []bool{false, true} {
				t.Run(fmt.Sprintf("n=%d,batch=%d,shuffle=%v", n, batch, shuffle), func(t *testing.T) {
					s := testSet(n, 2, 2, 3)
					l := newLoader(t, s, batch, 9, shuffle)
					for _, first := range []int{0, 1, 3, l.Batches() - 1, l.Batches()} {
						checkEpoch(t, l, 5, first, batch, 9, shuffle)
					}
				})
			}
		}
	}
}

func checkEpoch(t *testing.T, l *Loader[float32], epoch uint64, first, batch int, seed uint64, shuffle bool) {
	t.Helper()
	s := l.set
	order := make([]int, s.N())
	for i := range order {
		order[i] = i
	}
	if shuffle {
		stream := rng.New(seed, "shuffle", s.Name, epoch)
		order = stream.Perm(s.N())
	}
	next := max(first, 0)
	for b, got := range l.Epoch(context.Background(), epoch, first) {
		if b != next {
			t.Fatalf("batch %d came, want %d", b, next)
		}
		next++
		images := order[b*batch : min((b+1)*batch, s.N())]
		if got.N != len(images) || len(got.Labels) != got.N || len(got.X) != got.N*12 {
			t.Fatalf("batch %d: N %d, %d labels, %d inputs, want %d images", b, got.N, len(got.Labels), len(got.X), len(images))
		}
		for i, k := range images {
			if got.Labels[i] != int32(s.Labels[k]) {
				t.Fatalf("batch %d: label %d, want %d", b, got.Labels[i], s.Labels[k])
			}
			for j, x := range got.X[i*12 : (i+1)*12] {
				if x != float32(float64(s.Image(k)[j])/255) {
					t.Fatalf("batch %d: wrong input %d of image %d", b, j, i)
				}
			}
		}
	}
	if next != max(l.Batches(), first) {
		t.Fatalf("the last batch was %d of %d", next-1, l.Batches())
	}
}

// Seeds, epochs and names give other orders.
func TestLoaderOrders(t *testing.T) {
	s := testSet(50, 1, 1, 1)
	renamed := testSet(50, 1, 1, 1)
	renamed.Name = "other"
	seen := map[string]string{}
	for what, order := range map[string][]int{
		"base":  newLoader(t, s, 4, 1, true).order(0),
		"epoch": newLoader(t, s, 4, 1, true).order(1),
		"seed":  newLoader(t, s, 4, 2, true).order(0),
		"name":  newLoader(t, renamed, 4, 1, true).order(0),
	} {
		key := fmt.Sprint(order)
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s have one order", what, other)
		}
		seen[key] = what
	}
	if a, b := newLoader(t, s, 4, 1, true).order(0), newLoader(t, s, 9, 1, true).order(0); !slices.Equal(a, b) {
		t.Error("the order depends on the batch size")
	}
}

// No goroutine is left when a loop is left early, by panic or cancel.
func TestLoaderStops(t *testing.T) {
	l := newLoader(t, testSet(5000, 2, 2, 3), 4, 1, true)
	before := runtime.NumGoroutine()
	for range l.Epoch(context.Background(), 0, 0) {
		break
	}
	func() {
		defer func() { _ = recover() }()
		for b := range l.Epoch(context.Background(), 0, 0) {
			if b == 40 {
				panic("in the loop")
			}
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	count := 0
	for range l.Epoch(ctx, 0, 0) {
		if count++; count == 20 {
			cancel()
		}
	}
	if count != 20 {
		t.Errorf("%d batches came, the 20th cancelled", count)
	}
	// A goroutine that has closed its channel may still be counted for a moment.
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

// Epochs read at the same time do not disturb each other.
func TestLoaderConcurrent(t *testing.T) {
	l := newLoader(t, testSet(500, 2, 2, 3), 3, 1, true)
	var wait sync.WaitGroup
	for epoch := range uint64(4) {
		wait.Go(func() {
			stream := rng.New(1, "shuffle", "test", epoch)
			order := stream.Perm(500)
			for b, batch := range l.Epoch(context.Background(), epoch, 0) {
				for i, label := range batch.Labels {
					if want := int32(order[3*b+i] % 3); label != want {
						t.Errorf("epoch %d, batch %d: label %d, want %d", epoch, b, label, want)
						return
					}
				}
			}
		})
	}
	wait.Wait()
}

// The memory of an epoch does not grow with its batches.
func TestLoaderAllocates(t *testing.T) {
	allocs := func(n int) float64 {
		l := newLoader(t, testSet(n, 2, 2, 3), 4, 1, true)
		return testing.AllocsPerRun(5, func() {
			for range l.Epoch(context.Background(), 0, 0) {
			}
		})
	}
	if small, large := allocs(400), allocs(8000); large > small+5 {
		t.Errorf("an epoch of 100 batches allocates %v times, one of 2000 %v times", small, large)
	}
}

func TestLoaderErrors(t *testing.T) {
	s := testSet(3, 2, 2, 3)
	table, err := NewTable[float32]("unit", s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLoader(s, table, 0, 1, true); err == nil {
		t.Error("batch size 0 was taken")
	}
	if _, err := NewLoader(testSet(3, 2, 2, 1), table, 4, 1, true); err == nil {
		t.Error("a scaling of three channels was taken for one")
	}
	s.Labels[0] = 200
	if _, err := NewLoader(s, table, 4, 1, true); err == nil {
		t.Error("a label beyond the classes was taken")
	}
}

// What a batch of four costs the reader, whose own work is nothing here.
func BenchmarkLoader(b *testing.B) {
	s := testSet(4096, 32, 32, 3)
	l := newLoader(b, s, 4, 1, true)
	b.ReportAllocs()
	for i := 0; i < b.N; {
		for range l.Epoch(context.Background(), 0, 0) {
			if i++; i == b.N {
				break
			}
		}
	}
	b.ReportMetric(4*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
