//go:build !amd64 && !arm64

package kernel

// Available lists the instruction sets of this machine, best first; Portable is always the last.
func Available() []ISA { return []ISA{Portable} }
