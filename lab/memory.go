package lab

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// memoryError is a trial that does not fit into memory.
type memoryError struct{ text, hint string }

func (e *memoryError) Error() string { return e.text }
func (e *memoryError) Hint() string  { return e.hint }

// fits says whether the largest of the tasks fits into the available bytes as often as there are
// jobs. A program that asks for more memory than there is ends without a word about the reason.
func fits(tasks []*Task, jobs int, available int64) error {
	var largest *Task
	for _, t := range tasks {
		if largest == nil || t.bytes > largest.bytes {
			largest = t
		}
	}
	if largest == nil || int64(jobs)*largest.bytes <= available {
		return nil
	}
	e := &memoryError{
		text: fmt.Sprintf("failed to run %s of %s: training it takes %s of memory", largest.Trial.Arm, largest.Trial.Study, gigabytes(largest.bytes)),
		hint: "take a smaller model or batch",
	}
	if jobs > 1 {
		e.text += fmt.Sprintf(", %d trials at a time take %s", jobs, gigabytes(int64(jobs)*largest.bytes))
	}
	if jobs > 1 && largest.bytes <= available {
		e.hint = "run fewer trials at a time (--jobs 1), or " + e.hint
	}
	e.text += fmt.Sprintf(", but only %s are free", gigabytes(available))
	return e
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

// availableMemory is the number of bytes that this process may still take, as far as the system
// says: Linux does.
func availableMemory() int64 {
	available := int64(math.MaxInt64)
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		available = memAvailable(info)
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

// memAvailable reads the line of /proc/meminfo that estimates what can be had without swapping.
func memAvailable(info []byte) int64 {
	for line := range bytes.Lines(info) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), "MemAvailable: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	return math.MaxInt64
}
