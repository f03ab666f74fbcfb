//go:build amd64 || arm64

package kernel

// pause passes a fraction of a microsecond, leaving the core to its other thread.
func pause()
