package nearest

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"tanh", "tanh", 0}, {"tnah", "tanh", 1}, {"conf", "conv", 1},
		{"kitten", "sitting", 3}, {"ca", "abc", 3}, {"épochs", "epochs", 1},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestTo(t *testing.T) {
	known := []string{"MatMulNT", "Conv", "Step", "weight-decay"}
	for name, want := range map[string]string{
		"step": "Step", "stpe": "Step", "matmul-nt": "MatMulNT", "conv2": "Conv", "weight_decay": "weight-decay",
		"x": "", "linear": "", "": "",
	} {
		if got := To(name, known); got != want {
			t.Errorf("%q is taken for %q, want %q", name, got, want)
		}
	}
}
