package data

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// fuzzReader has room for three images per file.
func fuzzReader() *cifarReader { return &cifarReader{images: len(testLabels)} }

// checkFuzzed says whether what was read without an error is whole.
func checkFuzzed(t *testing.T, c *cifarReader) {
	d, err := c.dataset()
	if err != nil {
		return
	}
	for _, s := range []*Set{d.Train, d.Test} {
		if err := s.check(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(testRecords())
	f.Add(testRecords()[:cifarRecord])
	f.Add(testRecords()[:100])
	f.Add(bytes.Repeat([]byte{10}, cifarRecord))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := fuzzReader()
		for _, file := range cifarFiles {
			if err := c.add(file.name+".bin", bytes.NewReader(b)); err != nil {
				return
			}
		}
		checkFuzzed(t, c)
	})
}

func FuzzPickle(f *testing.F) {
	files, err := filepath.Glob("testdata/pickle/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no pickles in testdata (%v)", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, v := range hostilePickles {
		f.Add([]byte(v.pickle))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := fuzzReader()
		for _, file := range cifarFiles {
			if err := c.add(file.name, bytes.NewReader(b)); err != nil {
				return
			}
		}
		checkFuzzed(t, c)
	})
}

func FuzzArchive(f *testing.F) {
	good := pack(f, batches("b/"))
	f.Add(good)
	f.Add(zipped(f, good))
	f.Add(zipped(f, good)[:300])
	f.Add(pack(f, []entry{{"../data_batch_1.bin", 0, testRecords()}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := fuzzReader()
		if readPath(context.Background(), write(t, filepath.Join(t.TempDir(), "archive"), b), c) == nil {
			checkFuzzed(t, c)
		}
	})
}
