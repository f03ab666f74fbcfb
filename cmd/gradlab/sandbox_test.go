package main

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sandbox is a directory with everything that a person's machine might have: a home, a place for temporary files, and
// a working directory with a study, pictures, and files that are nobody's business.
type sandbox struct {
	t    *testing.T
	root string
}

const sandboxStudy = `
study: mine
data: pictures
model: [flatten, linear: 4, $activation, linear: classes]
train: {epochs: 1, batch: 4, sgd: {rate: 0.05}}
vary: {activation: [tanh, relu]}
seeds: 2
`

func newSandbox(t *testing.T) *sandbox {
	s := &sandbox{t, t.TempDir()}
	for name, text := range map[string]string{
		"home/.ssh/id_ed25519": "secret", "home/.config/other/settings": "x", "tmp/theirs": "x", "cache/theirs": "x",
		"work/mine.yaml": sandboxStudy, "work/other.yaml": "study: other", "work/notes.txt": "x", "work/runs.txt": "x",
	} {
		s.write(name, []byte(text))
	}
	for _, class := range []string{"ant", "bee"} {
		for i := range 6 {
			img := image.NewRGBA(image.Rect(0, 0, 8, 8))
			img.SetRGBA(i, i, color.RGBA{uint8(40 * i), uint8(class[0]), 9, 255})
			var b strings.Builder
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			s.write(fmt.Sprintf("work/pictures/%s/%d.png", class, i), []byte(b.String()))
		}
	}
	return s
}

func (s *sandbox) write(name string, data []byte) {
	path := filepath.Join(s.root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// run runs a command line in the working directory.
func (s *sandbox) run(args ...string) (output string, err error) {
	cmd := exec.Command("gradlab", args...)
	at := func(dir string) string { return filepath.Join(s.root, dir) }
	cmd.Dir = at("work")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "XDG_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+at("home"), "USERPROFILE="+at("home"), "LocalAppData="+at("home"),
		"TMPDIR="+at("tmp"), "TMP="+at("tmp"), "TEMP="+at("tmp"), "GRADLAB_CACHE="+at("cache"))
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// tree is every file with a digest of its bytes, and every directory.
func (s *sandbox) tree() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.root, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(s.root, path)
		name = filepath.ToSlash(name)
		if err != nil || e.IsDir() {
			all[name] = "directory"
			return err
		}
		data, err := os.ReadFile(path)
		all[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// changed lists what differs between two trees.
func changed(before, after map[string]string) (names []string) {
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, still := after[name]; !still {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestNothingElseIsWritten: each command writes below what it names, and nothing anywhere else, temporary files of a
// moment included in what must be gone.
func TestNothingElseIsWritten(t *testing.T) {
	s := newSandbox(t)
	for _, c := range []struct {
		command string
		writes  []string // below which it may; the first is where it must
	}{
		{"run mine.yaml --out out/here -q", []string{"work/out"}},
		{"run mine.yaml --out out/here -q --seeds 3", []string{"work/out/here"}},
		{"run mine.yaml -q", []string{"work/runs"}},
		{"report out/here", []string{"work/out/here"}},
		{"report out/here --json", nil},
		{"diagnose out/here", nil},
		{"runs", nil},
		{"runs out --json", nil},
		{"clean out --dry-run", nil},
		{"clean out", nil},
		{"plan mine.yaml", nil},
		{"preflight mine.yaml", nil},
		{"preflight mine.yaml --out preflight", []string{"work/preflight"}},
		{"check mine.yaml", nil},
		{"study", nil},
		{"study print tour", nil},
		{"data", nil},
		{"data show pictures --out sheet.png", []string{"work/sheet.png"}},
		{"data split pictures --out list.csv", []string{"work/list.csv"}},
		{"completion bash", nil},
		{"version", nil},
		{"run absent.yaml", nil},
		{"run other.yaml --out out/other", nil},
		{"run mine.yaml --data /nowhere --out out/nowhere", nil},
	} {
		before := s.tree()
		text, err := s.run(strings.Fields(c.command)...)
		wrong := strings.Contains(c.command, "absent") || strings.Contains(c.command, "other") || strings.Contains(c.command, "nowhere")
		if (err != nil) != wrong {
			t.Errorf("gradlab %s: %v\n%s", c.command, err, text)
		}
		names := changed(before, s.tree())
		written := false
		for _, name := range names {
			below := func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
			if !slices.ContainsFunc(c.writes, below) {
				t.Errorf("gradlab %s wrote %s", c.command, name)
			}
			written = written || len(c.writes) > 0 && below(c.writes[0])
		}
		if len(c.writes) > 0 && !written && !strings.HasPrefix(c.command, "report") {
			t.Errorf("gradlab %s wrote nothing below %s", c.command, c.writes[0])
		}
	}
}
