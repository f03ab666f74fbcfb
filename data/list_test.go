package data

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseList(t *testing.T) {
	want := []string{"test:b:c/3", "train:a:1.png", "train:b:2.png"}
	for what, text := range map[string]string{
		"plain":         "path,label,split\n1.png,a,train\n2.png,b,train\nc/3,b,test\n",
		"other names":   "\ufeffid,Class,FileName,Set\r\n9,a,1.png,Training\r\n8,b,./2.png,TRAIN\r\n7,b,c\\3,eval\r\n",
		"semicolons":    "path;label;split\n1.png;a;train\n2.png;b;train\nc/3;b;test",
		"tabs":          "path\tlabel\tsplit\n1.png\ta\ttrain\n2.png\tb\ttrain\nc/3\tb\ttest",
		"quotes, space": "path,label,split\n\"1.png\",\" a \", train\n2.png,b,train\nc/3,b,test\n",
	} {
		a, err := parseList([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if d := cmp.Diff(want, arranged(a)); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
	a, err := parseList([]byte("image,category\n1,a\n2,b\n"))
	if err != nil || !cmp.Equal(arranged(a), []string{":a:1", ":b:2"}) || a.words != "a list, split by gradlab" {
		t.Errorf("without splits: %+v, %v", a, err)
	}
}

func TestParseListErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "the list is empty",
		"path,label\n":                          "it names no picture",
		"1.png,a\n2.png,b\n":                    `no column path: its columns are "1.png, a"`,
		"path,name\n1,a\n":                      "no column label",
		"path,label\n1\n":                       "wrong number of fields",
		"path,label\n../1,a\n":                  `line 2: the path "../1" leads out`,
		"path,label\na/../../1,a\n":             "leads out",
		"path,label\n/etc/passwd,a\n":           "leads out",
		"path,label\nC:\\x,a\n":                 "leads out",
		"path,label\n1,a\n1,b\n":                `line 3: "1" stands in the list already`,
		"path,label\n1,\n":                      "line 2: the label is empty",
		"path,label,split\n1,a,hold\n":          `line 2: the split is "hold"`,
		"path,label,split\n1,a,train\n2,b,\n":   "1 of 2 lines have no split",
		"path,label\n\"1,a\n":                   "failed to read the list",
		"path,label\n" + strings.Repeat(",", 3): "wrong number of fields",
	} {
		_, err := parseList([]byte(text))
		checkError(t, err, want)
	}
}

// FuzzParseList: paths stay inside, whatever a list says.
func FuzzParseList(f *testing.F) {
	for _, s := range []string{"path,label,split\n1,a,train\n", "path;label\n\"a;b\";c\n", "file\tclass\n..\\x\ty\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseList(bytes.Clone(b))
		if err != nil {
			return
		}
		for _, s := range a.samples {
			if s.class == "" || strings.HasPrefix(s.path, "/") || strings.HasPrefix(s.path+"/", "../") {
				t.Errorf("%+v", s)
			}
		}
	})
}
