package data

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// Pickles that do what no file of CIFAR-10 does; none may run, panic, or take much memory.
var hostilePickles = []struct{ what, pickle, want string }{
	{"empty", "", "ends too early"},
	{"only the protocol", "\x80\x04", "ends too early"},
	{"protocol 1", "\x80\x01.", "protocol 1, expected 2 to 5"},
	{"protocol 9", "\x80\x09.", "protocol 9, expected 2 to 5"},
	{"text", "hello", "recalls value 101"},
	{"a shell", "\x80\x02cos\nsystem\nU\x02ls\x85R.", `calls "system" of "os"`},
	{"a shell by name on the stack", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.", `calls "system" of "os"`},
	{"eval", "\x80\x02c__builtin__\neval\n.", `calls "eval" of "__builtin__"`},
	{"a persistent id", "\x80\x02U\x01aQ.", "operation 0x51"},
	{"an extension", "\x80\x02\x82\x01.", "operation 0x82"},
	{"an instance", "\x80\x02(U\x01ao.", "operation 0x6f"},
	{"nothing to end with", "\x80\x02.", "ends with 0 values"},
	{"two values", "\x80\x02NN.", "ends with 2 values"},
	{"no dictionary", "\x80\x02N.", "no dictionary"},
	{"an empty dictionary", "\x80\x02}.", `no array "data"`},
	{"no labels", "\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\n" +
		"cnumpy\nndarray\nK\x00\x85U\x01b\x87Rs.", `no list "labels"`},
	{"an array without its state", "\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\n" +
		"cnumpy\nndarray\nK\x00\x85U\x01b\x87RU\x06labels]u.", "0 labels and an array of shape []"},
	{"an array of floats", "\x80\x04cnumpy._core.numeric\n_frombuffer\n(C\x01acnumpy\ndtype\nU\x02f8\x89\x88\x87RK\x01\x85U\x01CtR.", `array of "f8"`},
	{"a shape that holds itself", pickledShape("}q\x00U\x01xh\x00s\x85"), "of one or two whole numbers"},
	{"a shape of shapes of shapes", pickledShape("N" + strings.Repeat("q\x00h\x00\x86", 40)), "of one or two whole numbers"},
	{"a shape of no number", pickledShape(")"), "array of shape []"},
	{"a shape of three numbers", pickledShape("K\x01K\x01K\x01\x87"), "of one or two whole numbers"},
	{"a shape of texts", pickledShape("U\x01aU\x01b\x86"), "of one or two whole numbers"},
	{"a negative shape", pickledShape("J\xff\xff\xff\xffM\x00\x0c\x86"), "array of shape [-1 3072]"},
	{"a call of a class", "\x80\x02cnumpy\nndarray\n)R.", "calls \"ndarray\" with arguments"},
	{"a call of a text", "\x80\x02U\x01a)R.", "calls \"\" with arguments"},
	{"a call without arguments", "\x80\x02cnumpy\ndtype\nR.", "not there"},
	{"a state of a text", "\x80\x02U\x01aNb.", "state to something that is no array"},
	{"append to a text", "\x80\x02U\x01aNa.", "no list"},
	{"items of a list", "\x80\x02]NNs.", "no dictionary"},
	{"half an item", "\x80\x02}(Nu.", "no dictionary"},
	{"a number as a key", "\x80\x02}K\x01Ns.", "no short text"},
	{"pop below the mark", "\x80\x02}U\x01a(Ns.", "not there"},
	{"no mark", "\x80\x02Nt.", "a mark that is not there"},
	{"an unknown memo", "\x80\x02h\x05.", "recalls value 5"},
	{"nothing to remember", "\x80\x02q\x05.", "not there"},
	{"a text beyond the end", "\x80\x02T\xff\xff\xff\x7fabc.", "ends too early"},
	{"a text of 2⁶⁴−1 bytes", "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.", "ends too early"},
	{"an endless line", "\x80\x02c" + strings.Repeat("x", 100), "ends too early"},
	{"a long name", "\x80\x02c" + strings.Repeat("x", 100) + "\ny\n.", "no short text"},
	{"characters beyond Latin-1", "\x80\x02c_codecs\nencode\nX\x03\x00\x00\x00\xe2\x82\xacX\x06\x00\x00\x00latin1\x86R.", "U+20AC"},
	{"millions of values", "\x80\x02" + strings.Repeat("N", pickleSteps+1), "more than 1048576 operations"},
}

// pickledShape is a pickle of one byte's array, whose shape some operations push.
func pickledShape(shape string) string {
	return "\x80\x04}(U\x04datacnumpy._core.numeric\n_frombuffer\n(C\x01acnumpy\ndtype\nU\x02u1\x89\x88\x87R" +
		shape + "U\x01CtRU\x06labels]u."
}

func TestPickleErrors(t *testing.T) {
	for _, v := range hostilePickles {
		t.Run(v.what, func(t *testing.T) {
			c := &cifarReader{images: 1000}
			checkError(t, c.add("data_batch_1", strings.NewReader(v.pickle)), v.want)
		})
	}
}

// A text may be decoded as often as the pickle is long, not a million times.
func TestPickleDecodesOnce(t *testing.T) {
	p := "\x80\x02(X\x40\x00\x00\x00" + strings.Repeat("a", 64) + "q\x00"
	for range 10 {
		p += "c_codecs\nencode\nh\x00U\x06latin1\x86R"
	}
	_, err := readPickle([]byte(p + "t."))
	if err == nil || !strings.Contains(err.Error(), "decodes a text more than once") {
		t.Errorf("error %v", err)
	}
}

// However a pickle is cut or changed in one byte of its structure, it is read whole or not at all.
func TestPickleDamaged(t *testing.T) {
	good, err := os.ReadFile("testdata/pickle/python2")
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(good) {
		if n > 400 && n < len(good)-100 { // within the pixels
			continue
		}
		if err := fuzzReader().add("data_batch_1", bytes.NewReader(good[:n])); err == nil {
			t.Errorf("the first %d of %d bytes were taken", n, len(good))
		}
		for _, flip := range []byte{1, 0x10, 0x80, 0xff} {
			b := bytes.Clone(good)
			b[n] ^= flip
			c := fuzzReader()
			if c.add("data_batch_1", bytes.NewReader(b)) == nil && c.count[0] != 3 {
				t.Errorf("with byte %d changed by %#x: %d images", n, flip, c.count[0])
			}
		}
	}
}
