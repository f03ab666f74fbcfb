package clinic

import "testing"

func TestCount(t *testing.T) {
	n := Networks()
	apart := 0
	for _, x := range n {
		if x.Apart() {
			apart++
		}
	}
	t.Log(len(n), apart)
}
