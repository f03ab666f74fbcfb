package main

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// opened watches all directories of a sandbox and tells which of their files were opened.
func (s *sandbox) opened(command func()) []string {
	s.t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		s.t.Skipf("inotify: %v", err)
	}
	defer unix.Close(fd)
	dirs := map[int32]string{}
	err = filepath.WalkDir(s.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		w, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN)
		name, _ := filepath.Rel(s.root, path)
		dirs[int32(w)] = name
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	command()
	var names []string
	buffer := make([]byte, 1<<16)
	for {
		n, err := unix.Read(fd, buffer)
		if err == unix.EAGAIN {
			break
		}
		if err != nil {
			s.t.Fatal(err)
		}
		for b := buffer[:n]; len(b) > 0; { // struct inotify_event: wd, mask, cookie, len, name
			mask, length := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
			name := dirs[int32(binary.NativeEndian.Uint32(b))] + "/" + string(bytes.TrimRight(b[16:16+length], "\x00"))
			if mask&unix.IN_ISDIR == 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
			b = b[16+length:]
		}
	}
	slices.Sort(names)
	return names
}

// TestAStudyReadsWhatItNames and nothing else: the kernel says which files were opened.
func TestAStudyReadsWhatItNames(t *testing.T) {
	s := newSandbox(t)
	s.write("work/escape.csv", []byte("path,label,split\n../../home/.ssh/id_ed25519,ant,train\nant/0.png,ant,train\nbee/0.png,bee,test\n"))
	if err := os.Symlink(filepath.Join(s.root, "home", ".ssh", "id_ed25519"), filepath.Join(s.root, "work", "pictures", "ant", "link.png")); err != nil {
		t.Fatal(err)
	}
	hostile := func(data string) string { return strings.Replace(sandboxStudy, "pictures", data, 1) }
	for name, text := range map[string]string{
		"include": "!include other.yaml\n", "tag": hostile("!!binary notes.txt"), "anchor": hostile("&a pictures") + "question: *a\n",
		"list": hostile("escape.csv"), "shell": hostile("\"$(touch owned)\""), "variable": hostile("$HOME"), "tilde": hostile("~/.ssh"),
	} {
		s.write("work/"+name+".yaml", []byte(text))
	}
	for _, c := range []struct {
		command string
		fine    bool
		opens   []string
	}{
		{"run mine.yaml -q --out run", true, []string{"work/mine.yaml", "work/pictures/"}},
		{"plan mine.yaml", true, []string{"work/mine.yaml", "work/pictures/"}},
		{"run include.yaml -q", false, []string{"work/include.yaml"}},
		{"run tag.yaml -q", false, []string{"work/tag.yaml"}},
		{"run anchor.yaml -q", false, []string{"work/anchor.yaml"}},
		{"run list.yaml -q", false, []string{"work/list.yaml", "work/escape.csv"}},
		{"run shell.yaml -q", false, []string{"work/shell.yaml"}},
		{"run variable.yaml -q", false, []string{"work/variable.yaml"}},
		{"run tilde.yaml -q", false, []string{"work/tilde.yaml"}},
	} {
		before := s.tree()
		var text string
		var err error
		names := s.opened(func() { text, err = s.run(strings.Fields(c.command)...) })
		if (err == nil) != c.fine {
			t.Errorf("gradlab %s: %v\n%s", c.command, err, text)
		}
		for _, name := range names {
			if !slices.ContainsFunc(c.opens, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				t.Errorf("gradlab %s opened %s", c.command, name)
			}
		}
		if !slices.Contains(names, c.opens[0]) {
			t.Errorf("gradlab %s did not open %s, but %v", c.command, c.opens[0], names)
		}
		if !c.fine {
			if names := changed(before, s.tree()); len(names) > 0 {
				t.Errorf("gradlab %s was refused and wrote %v", c.command, names)
			}
		}
	}
}
