// encodings compares each macro of a header, a WORD with an instruction in Arm's syntax behind it,
// with what the GNU assembler makes of that instruction. Every operand runs through a few values
// while the others stay.
//
//	go run .ci/encodings.go HEADER
package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	macro = regexp.MustCompile(`^#define (\w+)\(([\w, ]*)\)\s+WORD \$\(.*\)\s+// (.*)$`)
	name  = regexp.MustCompile(`\b[a-z]\b`)
	slot  = regexp.MustCompile(`\[([^][]*[a-z][^][]*)\]|#([a-z])\b`) // an operand in the comment: v[d], v[24+c/4], #k
	word  = regexp.MustCompile(`(?m)^\s+uses\.s:\d+\s+0x[0-9a-f]+\s+([0-9a-f]{8})\s`)
)

// use is a macro with operands, and the same instruction in Arm's syntax.
type use struct{ macro, instruction string }

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(header string) error {
	text, err := os.ReadFile(header)
	if err != nil {
		return err
	}
	var uses []use
	macros := 0
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "WORD") {
			continue
		}
		m := macro.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			return fmt.Errorf("not understood: %s", line)
		}
		macros++
		operands := strings.Split(m[2], ", ")
		for i := range operands {
			for _, v := range []int{0, 1, 2, 3, 15, 16, 30, 31} {
				u, err := expand(m[1], m[3], operands, i, v)
				if err != nil {
					return fmt.Errorf("%s: %w", m[1], err)
				}
				uses = append(uses, u)
			}
		}
	}
	if macros == 0 {
		return fmt.Errorf("%s: no macros: the check looks at the wrong thing", header)
	}
	dir, err := os.MkdirTemp("", "encodings")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	got, err := goWords(uses, header, dir)
	if err != nil {
		return err
	}
	want, err := gnuWords(uses, dir)
	if err != nil {
		return err
	}
	if len(got) != len(uses) || len(want) != len(uses) {
		return fmt.Errorf("%d instructions became %d by the macros, %d by the assembler", len(uses), len(got), len(want))
	}
	wrong := 0
	for i, u := range uses {
		if got[i] != want[i] {
			fmt.Printf("%s is %08x, but %s is %08x\n", u.macro, got[i], u.instruction, want[i])
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d encodings are wrong", wrong, len(uses))
	}
	fmt.Printf("%d macros, %d encodings agree with the assembler\n", macros, len(uses))
	return nil
}

// expand gives operand i the value v, and the others values of their own. A shift (k) takes what its
// field holds, a base address no stack pointer.
func expand(name, comment string, operands []string, i, v int) (u use, err error) {
	values := map[string]int{}
	var arguments []string
	for j, o := range operands {
		x := 5 + 7*j
		if j == i {
			x = v
		}
		switch {
		case o == "k":
			x = x%31 + 1
		case strings.Contains(comment, "x["+o+"]"):
			x %= 31
		}
		values[o] = x
		arguments = append(arguments, strconv.Itoa(x))
	}
	instruction := slot.ReplaceAllStringFunc(comment, func(s string) string {
		x, e := evaluate(strings.Trim(s, "[]#"), values)
		if e != nil {
			err = e
		}
		switch {
		case s[0] == '#':
			return "#" + x
		case strings.Contains(s, "%"): // a lane keeps its brackets
			return "[" + x + "]"
		}
		return x
	})
	return use{name + "(" + strings.Join(arguments, ", ") + ")", instruction}, err
}

// evaluate gives the number that an expression like 24+c/4 comes to.
func evaluate(expression string, values map[string]int) (string, error) {
	expression = name.ReplaceAllStringFunc(expression, func(o string) string { return strconv.Itoa(values[o]) })
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
	if err != nil {
		return "", err
	}
	return constant.ToInt(tv.Value).String(), nil
}

// goWords has Go's assembler expand the macros: its expressions are not those of Go.
func goWords(uses []use, header, dir string) ([]uint32, error) {
	source := bytes.NewBufferString("#include \"" + filepath.Base(header) + "\"\nTEXT uses(SB), 4, $0\n")
	for _, u := range uses {
		fmt.Fprintln(source, u.macro)
	}
	file, object := filepath.Join(dir, "uses.s"), filepath.Join(dir, "go.o")
	if err := os.WriteFile(file, source.Bytes(), 0o644); err != nil {
		return nil, err
	}
	assemble := exec.Command("go", "tool", "asm", "-p", "uses", "-I", filepath.Dir(header), "-o", object, file)
	assemble.Env = append(os.Environ(), "GOARCH=arm64")
	if text, err := assemble.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	text, err := exec.Command("go", "tool", "objdump", object).Output()
	if err != nil {
		return nil, err
	}
	var words []uint32
	for _, m := range word.FindAllSubmatch(text, -1) {
		w, err := strconv.ParseUint(string(m[1]), 16, 32)
		if err != nil {
			return nil, err
		}
		words = append(words, uint32(w))
	}
	return words, nil
}

func gnuWords(uses []use, dir string) ([]uint32, error) {
	var source bytes.Buffer
	for _, u := range uses {
		fmt.Fprintln(&source, u.instruction)
	}
	object := filepath.Join(dir, "gnu.o")
	assemble := exec.Command("aarch64-linux-gnu-as", "-o", object)
	assemble.Stdin, assemble.Stderr = &source, os.Stderr
	if err := assemble.Run(); err != nil {
		return nil, err
	}
	f, err := elf.Open(object)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	code, err := f.Section(".text").Data()
	if err != nil {
		return nil, err
	}
	words := make([]uint32, len(code)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	return words, nil
}
