package report

import (
	"fmt"
	"os"
	"path/filepath"

	"gradlab/internal/wholefile"
)

// A folder is a directory that a report is written into, file by file, each whole or not at all.
type folder struct {
	dir   string
	names []string // of the files, relative to dir, in the order in which they were written
}

// newFolder makes the directory if need be.
func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("failed to make the report's directory: %w", err)
	}
	return &folder{dir: dir}, nil
}

// write writes what a drawing or an encoding gave, or returns why it gave nothing. name is separated by slashes.
func (w *folder) write(name string, data []byte, err error) error {
	if err != nil {
		return fmt.Errorf("failed to make %s: %w", name, err)
	}
	if err := wholefile.Write(filepath.Join(w.dir, filepath.FromSlash(name)), data); err != nil {
		return err
	}
	w.names = append(w.names, name)
	return nil
}

// draw writes a picture as SVG and PNG, below the folder that under names, "" or "plots/".
func (w *folder) draw(under string, f figure) error {
	svg, err := f.SVG()
	if err := w.write(under+f.Name+".svg", svg, err); err != nil {
		return err
	}
	png, err := f.PNG()
	return w.write(under+f.Name+".png", png, err)
}
