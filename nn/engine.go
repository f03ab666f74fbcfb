package nn

import (
	"fmt"

	"gradlab/internal/kernel"
)

// Engine runs a plan's kernels, with one instruction set on a stated number of threads. Every engine
// gives the same bits. It serves one goroutine at a time.
type Engine = kernel.Engine

// NewEngine makes an engine for the instruction set isa, "avx512", "avx2", "neon" or "portable", or
// "auto" for the best one of this machine, on threads threads (at least one). It fails for an
// instruction set that this machine does not have.
func NewEngine(isa string, threads int) (*Engine, error) {
	i, err := kernel.ParseISA(isa)
	if err != nil {
		return nil, fmt.Errorf("failed to choose kernels: %w", err)
	}
	return kernel.New(i, threads), nil
}
