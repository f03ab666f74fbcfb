//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package disk

// syncDir does nothing: Windows has no call for it (NTFS journals names by itself), and not every
// other system can sync a directory.
func syncDir(string) error { return nil }
