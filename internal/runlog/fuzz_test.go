package runlog

import (
	"bytes"
	"encoding/json"
	"testing"

	"gradlab/internal/disk"
	"gradlab/internal/disktest"
)

// FuzzDirectory: whatever the files of a run directory say, it is opened, listed and tidied, or refused with a cause, and
// what is appended to a log can be read. Checksums are made right: a fuzzer would hardly find them.
func FuzzDirectory(f *testing.F) {
	f.Add([]byte(`{"format":1,"study":"x","program":"v1","begun":"2026-01-02T03:04:05Z","trials":["ab","cd"]}`), []byte(`{"status":"done"}`), []byte("{\"events\":1,\"trial\":\"ab\"}\n1\n2\n"))
	f.Add([]byte(`{"format":1,"trials":["../../ab",""]}`), []byte(`7`), []byte("{\"events\":2,\"trial\":\"ab\"}\n{"))
	f.Add([]byte(`{"format":-1}`), []byte(`{`), []byte("{\"events\":1,\"trial\":\"cd\"}\n\n\x00"))
	f.Fuzz(func(t *testing.T, run, result, events []byte) {
		on := disktest.New()
		for _, dir := range []string{"x", "x/trials", "x/trials/ab"} {
			if err := on.Mkdir(dir); err != nil {
				t.Fatal(err)
			}
		}
		if json.Valid(result) {
			sealed, err := seal(resultFile, json.RawMessage(result))
			if err != nil {
				t.Fatal(err)
			}
			result = sealed
		}
		var log []byte
		for line := range bytes.Lines(events) {
			if text := bytes.TrimSuffix(line, []byte("\n")); json.Valid(text) {
				line = must(appendRecord(nil, json.RawMessage(text)))
			}
			log = append(log, line...)
		}
		for path, data := range map[string][]byte{
			"x/run.json": run, "x/unfinished": nil, "x/trials/ab/result.json": result, "x/trials/ab/events.jsonl": log,
		} {
			put(t, on, path, data)
		}
		List(on, ".")
		if d, err := Open(on, "x", Study{Name: "x"}); err == nil {
			var v any
			d.LoadTrial("ab", &v)
			if kept, _, err := d.StartLog("ab", 2); err == nil {
				if err := d.Append("ab", "the end"); err != nil {
					t.Fatal(err)
				}
				data := on.Files()["x/trials/ab/events.jsonl"]
				records, ends := Records(data)
				if len(records) != 1+kept+1 || ends[len(ends)-1] != int64(len(data)) || string(records[kept+1]) != `"the end"` {
					t.Fatalf("%d records were kept in %q", kept, data)
				}
			}
			d.Close()
		}
		before := len(on.Files())
		removed, _ := Tidy(on, "x", Tidying{})
		if len(on.Files()) < before-len(removed) {
			t.Fatalf("more than %v was removed", removed)
		}
	})
}

func put(t *testing.T, on disk.FS, path string, data []byte) {
	f, err := on.Create(path)
	if err == nil {
		_, err = f.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}
