package kernel

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"gradlab/internal/canon"
)

// Float is the element type of every kernel: training runs in float32, gradient checking in float64.
type Float = canon.Float

// ISA names an instruction set for which kernels exist.
type ISA int

const (
	Portable ISA = iota // Go code, on every machine: the reference of all others
	AVX2                // x86-64 with AVX2 and FMA
	AVX512              // x86-64 with AVX-512 F, BW, DQ and VL
	NEON                // arm64, whose every processor has it
)

var isaNames = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512", NEON: "neon"}

func (i ISA) String() string { return isaNames[i] }

// ParseISA reads the name of an instruction set; "auto" and "" are the best one of this machine.
// It fails for a name it does not know and for one this machine does not have.
func ParseISA(name string) (ISA, error) {
	have := Available()
	if name == "" || name == "auto" {
		return have[0], nil
	}
	for i, n := range isaNames {
		if n != name {
			continue
		}
		for _, h := range have {
			if h == ISA(i) {
				return h, nil
			}
		}
		return 0, fmt.Errorf("this machine has no %s: it has %s", name, join(have))
	}
	return 0, fmt.Errorf("unknown instruction set %q: auto, avx512, avx2, neon or portable", name)
}

func join(have []ISA) string {
	names := make([]string, len(have))
	for i, h := range have {
		names[i] = h.String()
	}
	return strings.Join(names, ", ")
}

// Engine runs kernels with one instruction set on a stated number of threads. The bits of every
// result are the same for every Engine. An Engine serves one goroutine at a time.
type Engine struct {
	isa     ISA
	threads int
	f32     *space[float32]
	f64     *space[float64]
	sums    [sumLanes]float64        // of a reduction in assembly
	counts  [16 * countColumns]int32 // of CountWithin

	crew    *crew     // nil on one thread
	lanes   []*Engine // of one thread each, for work by samples
	samples samples   // that runs

	recorder *recorder // of an engine that computes nothing
}

// New makes an engine for isa on threads threads (at least one).
func New(isa ISA, threads int) *Engine {
	threads = max(1, threads)
	e := &Engine{
		isa: isa, threads: threads,
		f32: newSpace[float32](isa, threads), f64: newSpace[float64](isa, threads),
	}
	if threads > 1 {
		e.crew = newCrew(threads)
		for range threads {
			e.lanes = append(e.lanes, New(isa, 1))
		}
		// The crew knows nothing of the engine, and ends when the engine is garbage.
		runtime.AddCleanup(e, (*crew).dismiss, e.crew)
	}
	return e
}

// ISA is the instruction set that the engine's kernels use.
func (e *Engine) ISA() ISA { return e.isa }

// Threads is the number of threads over which one kernel's outputs may be divided.
func (e *Engine) Threads() int { return e.threads }

// as32 gives x as float32 where T is float32; the branch is decided when T is instantiated.
func as32[T Float](x []T) ([]float32, bool) {
	var zero T
	if unsafe.Sizeof(zero) != 4 {
		return nil, false
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x)), true
}
