package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"gradlab/internal/kernel"
)

// Machine is what a measurement depends on.
type Machine struct {
	Gradlab  string  `json:"gradlab,omitempty"` // the program's version; for the caller to fill in
	CPU      string  `json:"cpu"`
	Cores    int     `json:"cores"`
	ISA      string  `json:"isa"`
	Go       string  `json:"go"`
	System   string  `json:"system"`
	Numerics int     `json:"numerics"`
	Load     float64 `json:"load"` // processes that ran or waited in the minute before; 0 where the system does not say
}

func thisMachine(isa kernel.ISA) Machine {
	m := Machine{
		CPU: cpuModel(), Cores: runtime.NumCPU(), ISA: isa.String(),
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Numerics: kernel.Numerics,
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Sscan(string(text), &m.Load)
	}
	return m
}

// cpuModel is the processor's name where Linux tells it, else its architecture.
func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// cacheSizes are the bytes of the data caches of levels 1 to 3, as Linux tells them; elsewhere those
// of a common processor.
func cacheSizes() [3]int {
	sizes := [3]int{32 << 10, 1 << 20, 32 << 20}
	caches, _ := filepath.Glob("/sys/devices/system/cpu/cpu0/cache/index*")
	for _, dir := range caches {
		read := func(name string) string {
			text, _ := os.ReadFile(filepath.Join(dir, name))
			return strings.TrimSpace(string(text))
		}
		level, _ := strconv.Atoi(read("level"))
		kilobytes, err := strconv.Atoi(strings.TrimSuffix(read("size"), "K"))
		if err == nil && kilobytes > 0 && level >= 1 && level <= 3 && read("type") != "Instruction" {
			sizes[level-1] = kilobytes << 10
		}
	}
	return sizes
}
