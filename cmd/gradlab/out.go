package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// makeOut makes the directory that --out names, if it names one: before the work, not after it.
func makeOut(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return advised{fmt.Errorf("failed to make the directory of --out: %w", err), "name a directory that can be written"}
	}
	return nil
}

// dirOf is a directory as it is shown; "" is none.
func dirOf(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Clean(path)
}

// printed is the error of what was printed. That nobody reads any more is none.
func printed(err error) error {
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("failed to print what was found: %w", err)
	}
	return nil
}
