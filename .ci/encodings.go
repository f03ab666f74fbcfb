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
	macro = regexp.MustCompile(`^#define (\w+)\(([\w, ]*)\)\s+WORD \$(\(.*\))\s+// (.*)$`)
	name  = regexp.MustCompile(`\b[a-z]\b`)
	slot  = regexp.MustCompile(`\[([a-z])\]|#([a-z])\b`) // an operand in the comment: v[d], #k
)

// expansion is one use of a macro.
type expansion struct {
	macro, text string // the instruction in Arm's syntax
	word        uint32
}

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
	var all []expansion
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
			for _, v := range []int{0, 1, 2, 3, 15, 16, 30} {
				e, err := expand(m, operands, i, v)
				if err != nil {
					return fmt.Errorf("%s: %w", m[1], err)
				}
				all = append(all, e)
			}
		}
	}
	if macros == 0 {
		return fmt.Errorf("%s: no macros: the check looks at the wrong thing", header)
	}
	words, err := assemble(all)
	if err != nil {
		return err
	}
	wrong := 0
	for i, e := range all {
		if words[i] != e.word {
			fmt.Printf("%s: %08x, but %s is %08x\n", e.macro, e.word, e.text, words[i])
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d encodings are wrong", wrong, len(all))
	}
	fmt.Printf("%d macros, %d encodings agree with the assembler\n", macros, len(all))
	return nil
}

// expand gives operand i the value v, and the others values of their own. A shift (k) or a lane (i)
// takes what its field holds.
func expand(m, operands []string, i, v int) (expansion, error) {
	values := map[string]int{}
	for j, o := range operands {
		x := 5 + 7*j
		if j == i {
			x = v
		}
		switch o {
		case "k":
			x = x%31 + 1
		case "i":
			x %= 4
		}
		values[o] = x
	}
	formula := name.ReplaceAllStringFunc(m[3], func(o string) string { return strconv.Itoa(values[o]) })
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, formula)
	if err != nil {
		return expansion{}, err
	}
	word, _ := constant.Uint64Val(tv.Value)
	instruction := slot.ReplaceAllStringFunc(m[4], func(s string) string {
		x, ok := values[strings.Trim(s, "[]#")]
		switch {
		case !ok:
			return s
		case s[0] == '#':
			return "#" + strconv.Itoa(x)
		case strings.HasPrefix(s, "[i"):
			return fmt.Sprintf("[%d]", x)
		}
		return strconv.Itoa(x)
	})
	return expansion{m[1], instruction, uint32(word)}, nil
}

func assemble(all []expansion) ([]uint32, error) {
	dir, err := os.MkdirTemp("", "encodings")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var source bytes.Buffer
	for _, e := range all {
		fmt.Fprintln(&source, e.text)
	}
	object := filepath.Join(dir, "out.o")
	as := exec.Command("aarch64-linux-gnu-as", "-o", object)
	as.Stdin, as.Stderr = &source, os.Stderr
	if err := as.Run(); err != nil {
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
	if len(code) != 4*len(all) {
		return nil, fmt.Errorf("%d instructions were assembled to %d bytes", len(all), len(code))
	}
	words := make([]uint32, len(all))
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	return words, nil
}
