package runlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"gradlab/internal/disk"
	"gradlab/internal/wholefile"
)

const (
	resultFile     = "result.json"
	weightsFile    = "weights.safetensors"
	eventsFile     = "events.jsonl"
	checkpointFile = "checkpoint.safetensors"
)

// sealed is result.json, what a trial came to, or outline.json, what is known before the first one, with a checksum
// over it.
type sealed struct {
	Format  int             `json:"format"`
	SHA256  string          `json:"sha256"` // of the value below without white space between its tokens
	Trial   json.RawMessage `json:"trial,omitempty"`
	Outline json.RawMessage `json:"outline,omitempty"`
}

// value is what is sealed in a file of that name.
func (s *sealed) value(file string) *json.RawMessage {
	if file == outlineFile {
		return &s.Outline
	}
	return &s.Trial
}

// seal writes a value as a file of that name.
func seal(file string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	s := sealed{Format: Format, SHA256: hex.EncodeToString(sum[:])}
	*s.value(file) = text
	data, err := json.MarshalIndent(s, "", " ")
	return append(data, '\n'), err
}

// unseal reads what a file of that name holds into v.
func unseal(file string, data []byte, v any) error {
	var s sealed
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if err := refuseNewer(file, s.Format); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := json.Compact(&text, *s.value(file)); err != nil {
		return err
	}
	if sum := sha256.Sum256(text.Bytes()); hex.EncodeToString(sum[:]) != s.SHA256 {
		return errors.New("it is not what its checksum says")
	}
	return json.Unmarshal(text.Bytes(), v)
}

// settleTrial makes the directory of the trial of that hash, and its name survive: that of one that is there may not
// have been synced, by a process that was killed, or for an error.
func (d *Dir) settleTrial(hash string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.safe[hash] {
		return nil
	}
	dir := trialDir(d.path, hash)
	err := d.disk.Mkdir(dir)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = d.disk.SyncDir(filepath.Dir(dir))
	}
	if err != nil {
		return fmt.Errorf("failed to make %s: %w", dir, wholefile.Reason(err))
	}
	d.safe[hash] = true
	return nil
}

// SaveTrial writes v as what the trial of that hash came to, weights (a safetensors file; nil for none) before it,
// and ends its log. The trial has ended once result.json is there; its checkpoint goes then.
func (d *Dir) SaveTrial(hash string, v any, weights []byte) error {
	data, err := seal(resultFile, v)
	if err != nil {
		return fmt.Errorf("failed to encode trial %s: %w", hash, err)
	}
	if err := d.endLog(hash); err != nil {
		return err
	}
	if err := d.settleTrial(hash); err != nil {
		return err
	}
	if weights != nil {
		if err := wholefile.WriteTo(d.disk, d.file(hash, weightsFile), weights); err != nil {
			return err
		}
	}
	if err := wholefile.WriteTo(d.disk, d.file(hash, resultFile), data); err != nil {
		return err
	}
	d.disk.Remove(d.file(hash, checkpointFile)) // one that stays is never read again, and clean removes it
	return nil
}

// LoadTrial reads what the trial of that hash came to into v; found is false where it has not ended. A
// file that cannot be read or is not what was written is an error: the caller runs the trial again.
func (d *Dir) LoadTrial(hash string, v any) (found bool, err error) {
	data, err := d.read(hash, resultFile)
	if data == nil {
		return false, err
	}
	if err := unseal(resultFile, data, v); err != nil {
		return false, fmt.Errorf("failed to read %s: %w", d.file(hash, resultFile), err)
	}
	return true, nil
}

// Has tells whether the trial of that hash has ended.
func (d *Dir) Has(hash string) bool {
	_, err := d.disk.Stat(d.file(hash, resultFile))
	return err == nil
}

// SaveCheckpoint writes where the trial of that hash stands. It replaces the checkpoint before it at once: no
// moment knows a part of each.
func (d *Dir) SaveCheckpoint(hash string, data []byte) error {
	if err := d.settleTrial(hash); err != nil {
		return err
	}
	return wholefile.WriteTo(d.disk, d.file(hash, checkpointFile), data)
}

// LoadCheckpoint reads the newest checkpoint of the trial of that hash; nil where there is none.
func (d *Dir) LoadCheckpoint(hash string) ([]byte, error) { return d.read(hash, checkpointFile) }

// read reads a file of a trial; nil where there is none.
func (d *Dir) read(hash, file string) ([]byte, error) {
	data, err := d.disk.ReadFile(d.file(hash, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to read %s: %w", d.file(hash, file), wholefile.Reason(err))
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

func (d *Dir) file(hash, file string) string { return filepath.Join(trialDir(d.path, hash), file) }

// trialDir is the directory of a trial of the run at path.
func trialDir(path, hash string) string { return filepath.Join(path, trialsDir, fileName(hash)) }

// trialFiles are the files that a trial's directory may hold.
var trialFiles = []string{resultFile, weightsFile, eventsFile, checkpointFile}

// isTrial tells whether a directory's name is one that a trial may have: 64 hexadecimal digits. Others are a person's.
func isTrial(name string) bool {
	sum, err := hex.DecodeString(name)
	return err == nil && len(sum) == sha256.Size
}

// fileName makes a hash such as "sha256:0f…" a name that every file system takes.
func fileName(hash string) string { return strings.ReplaceAll(hash, ":", "-") }

// ended says how the trial of that hash of the run at path stands: whether it has a result, and what is wrong with
// that; v takes it.
func ended(on disk.FS, path, hash string, v any) (bool, error) {
	d := Dir{disk: on, path: path}
	return d.LoadTrial(hash, v)
}
