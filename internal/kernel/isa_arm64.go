package kernel

// Available lists the instruction sets of this machine, best first; Portable is always the last.
// Every arm64 processor that Go runs on has NEON.
func Available() []ISA { return []ISA{NEON, Portable} }
