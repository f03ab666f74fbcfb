//go:build darwin || dragonfly || freebsd || linux

package disk

import "golang.org/x/sys/unix"

// free is what the file system that holds path has for users other than its administrator.
func free(path string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
