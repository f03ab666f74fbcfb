//go:build !linux

package mapped

import "os"

// reserve gives f its n bytes on the disk.
func reserve(f *os.File, n int64) error { return zeros(f, n) }
