package nn

import (
	"strings"
	"testing"
)

func TestNewEngine(t *testing.T) {
	e, err := NewEngine("portable", 3)
	if err != nil {
		t.Fatal(err)
	}
	if e.ISA().String() != "portable" || e.Threads() != 3 {
		t.Errorf("an engine with %v on %d threads", e.ISA(), e.Threads())
	}
	if _, err := NewEngine("auto", 1); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"neon", "avx2"} { // no machine has both
		e, err := NewEngine(name, 1)
		if err == nil && e.ISA().String() != name || err != nil && !strings.Contains(err.Error(), "this machine has no "+name+": it has ") {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
	}
	want := `failed to choose kernels: unknown instruction set "sse": auto, avx512, avx2, neon or portable`
	if _, err := NewEngine("sse", 1); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
