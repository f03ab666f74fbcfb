package live

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// Running is what a trial's Status may be beside those of package lab.
const Running = "running"

// A Trial is one trial as far as it has come. Of one under way, Epochs, Flow and Loss grow; Positions and the rest come
// with its end.
type Trial struct {
	*lab.Trial     // in the run's results
	Part       int // of the results
	ArmIndex   int // of the part
	Steps      int // of its whole training; 0 where that is not known
	Length     int // of it in epochs; 0 where that is not known

	ended   bool      // its result has been read
	files   [2]file   // that result and the log, then
	over    bool      // its log says that it has come to its end
	stopped bool      // it was interrupted, and has not gone on since
	read    int64     // bytes of its log that have been
	grown   time.Time // when something was last appended to that
}

// Share is how much of the training is done, in [0, 1].
func (t *Trial) Share() float64 {
	share := 0.0
	switch {
	case t.ended:
		return 1
	case t.Length > 0:
		share = float64(len(t.Epochs)) / float64(t.Length)
	}
	if n := len(t.Loss); n > 0 && t.Steps > 0 {
		share = max(share, float64(t.Loss[n-1].Last)/float64(t.Steps))
	}
	return min(1, share)
}

// Seconds is how long the training takes from beginning to end, by the epochs that are finished; 0 before the first.
func (t *Trial) Seconds() float64 {
	total := 0.0
	for _, e := range t.Epochs {
		total += e.Seconds
	}
	if n := len(t.Epochs); n > 0 && t.Length > n && !t.ended {
		total *= float64(t.Length) / float64(n)
	}
	return total
}

// event is a record of a trial's log, of any kind.
type event struct {
	Event  string      `json:"event"`
	Status string      `json:"status"`
	Steps  int         `json:"steps"`
	Epochs int         `json:"epochs"`
	Epoch  *lab.Epoch  `json:"epoch"`
	Window *lab.Window `json:"window"`
}

// follow reads what is new of a trial of the run at path, and tells whether anything is. With a result that cannot be
// read it gives the error, and goes on by the log.
func (t *Trial) follow(path string) (grown bool, err error) {
	if t.ended && t.Status != lab.Failed {
		return false, nil
	}
	log := runlog.EventsPath(path, t.ID)
	files := [2]file{fileAt(runlog.ResultPath(path, t.ID)), fileAt(log)}
	if t.ended { // a failure may be tried again
		if files == t.files || files[0] == (file{}) { // one that was taken away stays what it was
			return false, nil
		}
		t.ended, t.read = false, 0
		*t.Trial = lab.Trial{ID: t.ID, Study: t.Study, Arm: t.Arm, Labels: t.Labels, Seed: t.Seed, Candidate: t.Candidate}
	}
	var result lab.Trial
	found, err := runlog.ReadResult(disk.OS, path, t.ID, &result)
	if !found || result.Status == lab.Failed {
		grown = t.followLog(log)
		if !found || t.read > 0 && !t.over { // what failed has begun again
			return grown, err
		}
	}
	t.files = files
	result.Study, result.Arm, result.Labels = t.Study, t.Arm, t.Labels // of several parts that share a trial, the first one wrote it
	*t.Trial, t.ended, t.Length = result, true, max(t.Length, len(result.Epochs))
	return true, nil
}

// file tells whether a file has changed.
type file struct {
	size    int64
	changed time.Time
}

func fileAt(path string) file {
	info, err := os.Stat(path)
	if err != nil {
		return file{}
	}
	return file{info.Size(), info.ModTime()}
}

// followLog reads the events that were appended to the log at path since it was last read. A trial that goes on from its
// checkpoint may have taken some back: it is read from the beginning then.
func (t *Trial) followLog(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false // it is to come, or was taken away: what is known stays
	}
	size := info.Size()
	t.grown = info.ModTime()
	if size == t.read {
		return false
	}
	if size < t.read {
		t.read, t.Epochs, t.Flow, t.Loss = 0, nil, nil, nil
	}
	records, read := Events(path, t.read)
	if len(records) == 0 && t.read > 0 { // a record under way, or what was read is no more: it was cut, and has grown past that
		if records, read = Events(path, 0); read <= t.read {
			return false
		}
		t.read, t.Epochs, t.Flow, t.Loss = 0, nil, nil, nil
	}
	t.read += read
	for _, record := range records {
		t.take(record)
	}
	return len(records) > 0
}

// take adds what an event says.
func (t *Trial) take(record json.RawMessage) {
	var e event
	if json.Unmarshal(record, &e) != nil {
		return // of a checksum that is right: an event of another kind
	}
	t.stopped = e.Event == "end" && e.Status == lab.Interrupted
	t.over = e.Event == "end" && !t.stopped
	switch {
	case e.Event == "begin":
		t.Steps, t.Length, t.Epochs, t.Flow, t.Loss = e.Steps, e.Epochs, nil, nil, nil
	case e.Epoch != nil:
		t.Epochs = append(t.Epochs, *e.Epoch)
	case e.Window != nil:
		if e.Window.Steps.Count > 0 {
			t.Flow = append(t.Flow, e.Window.Flow)
		}
		if e.Window.Loss != nil {
			t.Loss = append(t.Loss, *e.Window.Loss)
		}
	}
}

// Events reads the whole records of the log at path from an offset on, and how many bytes they take. Of a log that is
// not there it reads none.
func Events(path string, from int64) (records []json.RawMessage, read int64) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, 0
	}
	data, err := io.ReadAll(f)
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		return nil, 0
	}
	records, ends := runlog.Records(data)
	if len(ends) > 0 {
		read = ends[len(ends)-1]
	}
	return records, read
}
