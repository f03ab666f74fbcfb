package mapped

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve gives f its n bytes on the disk.
func reserve(f *os.File, n int64) error {
	for {
		switch err := unix.Fallocate(int(f.Fd()), 0, 0, n); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP):
			return zeros(f, n)
		default:
			return err
		}
	}
}
