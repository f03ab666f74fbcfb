package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path/filepath"
	"strconv"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

// A log of events is a line for each record: eight hexadecimal digits, the CRC-32C of what follows the space
// behind them, and that, a JSON object. The first record names the format and the trial. Lines are only ever
// appended; after a crash, what stands behind the last whole one is cut off.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the first record.
type header struct {
	Events int    `json:"events"` // format
	Trial  string `json:"trial"`  // hash
}

// log is one that is being written.
type log struct {
	file disk.File
	path string
	size int64 // up to the end of the last whole record
	torn bool  // a write has failed: something may stand behind size
}

// appendRecord appends a record's line.
func appendRecord(line []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(text, castagnoli))
	return append(append(line, text...), '\n'), nil
}

// Records gives the records of a log as far as they are whole, and where each one ends, the first of them the
// header. What stands behind the last end is torn.
func Records(data []byte) (records []json.RawMessage, ends []int64) {
	at := int64(0)
	for {
		line, _, whole := bytes.Cut(data[at:], []byte("\n"))
		text, ok := record(line)
		if !whole || !ok {
			return records, ends
		}
		at += int64(len(line)) + 1
		records, ends = append(records, text), append(ends, at)
	}
}

// record is the text of a line, if its checksum is right.
func record(line []byte) (json.RawMessage, bool) {
	sum, text, found := bytes.Cut(line, []byte(" "))
	if !found || len(sum) != 8 {
		return nil, false
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.Checksum(text, castagnoli) || !json.Valid(text) {
		return nil, false
	}
	return text, true
}

// StartLog opens the log of the trial of that hash, made where it is missing, to be appended to behind the first
// keep of its records, the header aside. What stands behind these is cut off. kept is how many there are, and torn the
// number of bytes of what a crash has left unfinished.
func (d *Dir) StartLog(hash string, keep int) (kept int, torn int64, err error) {
	path := d.file(hash, eventsFile)
	defer func() {
		if err != nil {
			err = fmt.Errorf("failed to open %s: %w", path, wholefile.Reason(err))
		}
	}()
	if err := d.settleTrial(hash); err != nil {
		return 0, 0, err
	}
	data, err := d.disk.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, err
	}
	records, ends := Records(data)
	l := &log{path: path}
	if len(records) > 0 {
		h := header{}
		if err := json.Unmarshal(records[0], &h); err == nil && h.Trial == hash {
			if err := refuseNewer(eventsFile, h.Events); err != nil {
				return 0, 0, err
			}
			kept = min(keep, len(records)-1)
			l.size = ends[kept]
		}
		torn = int64(len(data)) - ends[len(ends)-1]
	} else {
		torn = int64(len(data))
	}
	if l.size < int64(len(data)) {
		if err := d.disk.Truncate(path, l.size); err != nil {
			return 0, 0, err
		}
	}
	if l.file, err = d.disk.Append(path); err != nil {
		return 0, 0, err
	}
	if l.size == 0 {
		if err := d.append(l, header{Format, hash}); err != nil {
			l.file.Close()
			return 0, 0, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if before := d.logs[hash]; before != nil {
		before.file.Close()
	}
	d.logs[hash] = l
	return kept, torn, nil
}

// Append appends a record to the log of the trial of that hash, which StartLog has opened. It is in the system's
// hands then, and survives the process; SaveTrial syncs it.
func (d *Dir) Append(hash string, v any) error {
	d.mu.Lock()
	l := d.logs[hash]
	d.mu.Unlock()
	if l == nil {
		return fmt.Errorf("failed to append to the log of trial %s: it is not open", hash)
	}
	if err := d.append(l, v); err != nil {
		return fmt.Errorf("failed to write %s: %w", l.path, wholefile.Reason(err))
	}
	return nil
}

// append writes a record in one call. One that fails may have left a part, which goes before the next one comes.
func (d *Dir) append(l *log, v any) error {
	line, err := appendRecord(nil, v)
	if err != nil {
		return err
	}
	if l.torn {
		if err := d.disk.Truncate(l.path, l.size); err != nil {
			return err
		}
		l.torn = false
	}
	if _, err := l.file.Write(line); err != nil {
		l.torn = true
		return err
	}
	l.size += int64(len(line))
	return nil
}

// EndLog closes the log of a trial that is interrupted.
func (d *Dir) EndLog(hash string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.logs[hash]; l != nil {
		l.file.Close()
		delete(d.logs, hash)
	}
}

// endLog syncs and closes the log of a trial that has ended. One that was not opened is no error.
func (d *Dir) endLog(hash string) error {
	d.mu.Lock()
	l := d.logs[hash]
	delete(d.logs, hash)
	d.mu.Unlock()
	if l == nil {
		return nil
	}
	var err error
	if l.torn {
		err = d.disk.Truncate(l.path, l.size)
	}
	if err == nil {
		err = l.file.Sync()
	}
	if e := l.file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = d.disk.SyncDir(filepath.Dir(l.path))
	}
	if err != nil {
		return fmt.Errorf("failed to write %s: %w", l.path, wholefile.Reason(err))
	}
	return nil
}
