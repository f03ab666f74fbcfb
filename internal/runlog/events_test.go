package runlog

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

type event struct {
	Epoch int `json:"epoch"`
}

// written gives a run directory in which the log of trial ab has n records, and the log's path.
func written(t *testing.T, n int) (*Dir, string) {
	t.Helper()
	d := open(t, filepath.Join(t.TempDir(), "run"))
	if _, _, err := d.StartLog("ab", 0); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := d.Append("ab", event{i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	return d, d.file("ab", eventsFile)
}

// epochs reads a log, header aside.
func epochs(t *testing.T, path string) []int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, ends := Records(data)
	if len(records) == 0 || ends[len(ends)-1] != int64(len(data)) {
		t.Fatalf("%d whole records in %q", len(records), data)
	}
	var all []int
	for _, r := range records[1:] {
		var e event
		if err := json.Unmarshal(r, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Epoch)
	}
	return all
}

// TestALineIsWhatTheFormatSays: CRC-32C of "123456789" is e3069283 (RFC 3720, B.4, and every table since).
func TestALineIsWhatTheFormatSays(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 {
		t.Fatalf("the checksum is %08x", got)
	}
	line, err := appendRecord(nil, 123456789)
	if err != nil || string(line) != "e3069283 123456789\n" {
		t.Errorf("the line is %q, %v", line, err)
	}
}

// TestATornTailIsCut: whatever a crash left of the last record, and whatever stands behind it.
func TestATornTailIsCut(t *testing.T) {
	d, path := written(t, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, ends := Records(whole)
	for size := range len(whole) + 1 {
		records := 0 // that are whole, header aside
		for _, end := range ends[1:] {
			if int64(size) >= end {
				records++
			}
		}
		for _, garbage := range []string{"", "\x00\x00\x00", "x\n", "e3069283 12345678\n"} {
			if err := os.WriteFile(path, append(whole[:size:size], garbage...), 0o644); err != nil {
				t.Fatal(err)
			}
			kept, torn, err := d.StartLog("ab", 100)
			if err != nil {
				t.Fatal(err)
			}
			last := int64(0)
			if int64(size) >= ends[0] {
				last = ends[records]
			}
			if want := int64(size) - last + int64(len(garbage)); kept != records || torn != want {
				t.Errorf("%d bytes and %q: %d kept, %d bytes cut, want %d records and %d bytes", size, garbage, kept, torn, records, want)
			}
			if err := d.Append("ab", event{9}); err != nil {
				t.Fatal(err)
			}
			if got := epochs(t, path); len(got) != records+1 || got[records] != 9 {
				t.Errorf("%d bytes and %q: the log is %v", size, garbage, got)
			}
		}
	}
}

// TestStartLogKeeps: records behind those that a checkpoint knows are made again.
func TestStartLogKeeps(t *testing.T) {
	d, path := written(t, 3)
	for _, c := range []struct{ keep, want int }{{5, 3}, {3, 3}, {1, 1}, {0, 0}} {
		kept, torn, err := d.StartLog("ab", c.keep)
		if err != nil || kept != c.want || torn != 0 {
			t.Errorf("keep %d: %d kept, %d bytes cut, %v", c.keep, kept, torn, err)
		}
		if got := epochs(t, path); len(got) != c.want {
			t.Errorf("keep %d leaves %v", c.keep, got)
		}
	}
}

// TestTheLogOfAnotherTrialIsNotTakenOver covers a directory that somebody has renamed.
func TestTheLogOfAnotherTrialIsNotTakenOver(t *testing.T) {
	d, path := written(t, 3)
	if err := os.MkdirAll(filepath.Dir(d.file("cd", eventsFile)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, d.file("cd", eventsFile)); err != nil {
		t.Fatal(err)
	}
	if kept, _, err := d.StartLog("cd", 3); err != nil || kept != 0 {
		t.Errorf("%d kept, %v", kept, err)
	}
}

func FuzzRecords(f *testing.F) {
	whole := []byte{}
	for i := range 3 {
		whole = must(appendRecord(whole, event{i}))
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte("e3069283 123456789\n00000000 \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, ends := Records(data)
		at := int64(0)
		for i, r := range records {
			if want := fmt.Sprintf("%08x %s\n", crc32.Checksum(r, castagnoli), r); len(want) != int(ends[i]-at) {
				t.Fatalf("record %d of %q ends at %d", i, data, ends[i])
			}
			at = ends[i]
		}
		if rest, _ := Records(data[at:]); len(rest) > 0 {
			t.Fatalf("%d records of %q were left", len(rest), data[at:])
		}
	})
}
