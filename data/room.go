package data

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"gradlab/internal/mapped"
	"gradlab/internal/meminfo"
)

// memoryVariable is the environment variable that says how much of a set's pictures is held in memory.
const memoryVariable = "GRADLAB_DATA_MEMORY"

// makeRoom makes room for n pictures: in memory, or beyond the budget in a file in the cache directory.
func makeRoom(n, h, w, c int, o Options) (*mapped.Room, error) {
	limit, err := o.memory()
	if err != nil {
		return nil, err
	}
	bytes := int64(n) * int64(h) * int64(w) * int64(c)
	dir := ""
	if bytes > limit {
		if dir, err = CacheDir(o.Cache); err != nil {
			return nil, err
		}
	}
	room, err := mapped.Make(bytes, limit, dir)
	if err != nil {
		return nil, hint(fmt.Errorf("%d pictures of %d×%d take %s, and %s are to be held in memory: %w", n, h, w, byteText(bytes), byteText(limit), err),
			fmt.Sprintf("ask for a smaller size (?size=%d), or name a directory with room by GRADLAB_CACHE", defaultSide))
	}
	return room, nil
}

// memory is the budget for the pictures of one set.
func (o Options) memory() (int64, error) {
	if o.Memory > 0 {
		return o.Memory, nil
	}
	if text := os.Getenv(memoryVariable); text != "" {
		n, err := parseBytes(text)
		if err != nil {
			return 0, hint(fmt.Errorf("%s is %q, expected a number of bytes", memoryVariable, text), "for example "+memoryVariable+"=2GB")
		}
		return n, nil
	}
	return meminfo.Available() / 2, nil
}

// byteUnits are the units of parseBytes, which byteText chooses from.
var byteUnits = []struct {
	name  string
	bytes float64
}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// parseBytes reads 2GB, 1.5 MB, or a number of bytes alone.
func parseBytes(text string) (int64, error) {
	unit := 1.0
	for _, u := range byteUnits {
		if n := len(text) - len(u.name); n > 0 && strings.EqualFold(text[n:], u.name) {
			text, unit = strings.TrimSpace(text[:n]), u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !(v*unit >= 1 && v*unit < 1<<62) {
		err = strconv.ErrRange
	}
	return int64(v * unit), err
}

func byteText(n int64) string {
	for _, u := range byteUnits {
		if float64(n) >= u.bytes {
			return strconv.FormatFloat(float64(n)/u.bytes, 'f', 1, 64) + " " + u.name
		}
	}
	return "0 B"
}

// Close gives back what the set takes beside ordinary memory: the file in which pictures are that were too many. The
// images of d must not be read any more. A program that ends need not call it.
func (d *Dataset) Close() error {
	if d.room == nil {
		return nil
	}
	return d.room.Close()
}
