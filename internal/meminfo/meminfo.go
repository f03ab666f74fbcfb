// Package meminfo says how much memory this process may still take. It imports nothing of gradlab.
package meminfo

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// Available is the number of bytes that this process may still take, as far as the system says: Linux does. Elsewhere
// it is the largest int64.
func Available() int64 {
	available := int64(math.MaxInt64)
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		available = parse(info)
	}
	for _, limit := range []string{
		"/sys/fs/cgroup/memory.max",                   // cgroup v2, as a container sees its own
		"/sys/fs/cgroup/memory/memory.limit_in_bytes", // v1
	} {
		text, err := os.ReadFile(limit)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil { // else it is "max"
			available = min(available, n)
		}
	}
	return available
}

// parse reads the line of /proc/meminfo that estimates what can be had without swapping.
func parse(info []byte) int64 {
	for line := range bytes.Lines(info) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), "MemAvailable: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	return math.MaxInt64
}
