package meminfo

import (
	"math"
	"testing"
)

func TestParse(t *testing.T) {
	info := "MemTotal:       24684084 kB\nMemFree:        23961932 kB\nMemAvailable:   24049388 kB\n"
	if got := parse([]byte(info)); got != 24049388*1024 {
		t.Errorf("%d bytes", got)
	}
	if got := parse([]byte("MemTotal: 5 kB\n")); got != math.MaxInt64 {
		t.Errorf("a kernel that does not say gives %d bytes", got)
	}
}
