package kernel

import "golang.org/x/sys/cpu"

// Available lists the instruction sets of this machine, best first; Portable is always the last.
func Available() []ISA {
	var have []ISA
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		have = append(have, AVX512)
	}
	if x.HasAVX2 && x.HasFMA {
		have = append(have, AVX2)
	}
	return append(have, Portable)
}
