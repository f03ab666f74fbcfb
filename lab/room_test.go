package lab

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// smallDisk is a store with little room.
type smallDisk struct {
	fullStore
	free  int64
	known bool
}

func (d smallDisk) Free() (int64, bool)     { return d.free, d.known }
func (smallDisk) Begin([]string, any) error { return errBegun }

var errBegun = errors.New("it has begun")

// TestARunThatWouldFillTheDiskIsRefused before anything is written; where nobody knows, it begins.
func TestARunThatWouldFillTheDiskIsRefused(t *testing.T) {
	for _, c := range []struct {
		free    int64
		known   bool
		refused bool
	}{{1e6, true, true}, {1e9, true, false}, {0, false, false}} {
		_, err := Run(context.Background(), tiny(t), Options{Open: func() (Store, error) { return smallDisk{free: c.free, known: c.known}, nil }})
		if !c.refused {
			if !errors.Is(err, errBegun) {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		var h interface{ Hint() string }
		if err == nil || !strings.Contains(err.Error(), "but only 1.0 MB are free there") || !errors.As(err, &h) || !strings.Contains(h.Hint(), "--out") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
