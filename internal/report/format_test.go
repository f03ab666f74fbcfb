package report

import (
	"math"
	"testing"

	"gradlab/lab"
)

func TestFormats(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct{ got, want string }{
		{percent(0.5312), "53.1 %"},
		{percent(nan), "–"},
		{percentRange(nil), ""},
		{percentRange(&lab.Estimate{Mean: 0.5312, Low: 0.52, High: 0.542, N: 8}), "[52.0, 54.2]"},
		{percentRange(&lab.Estimate{Mean: 0.5312, Low: -0.1, High: 1.2, N: 2}), "[0.0, 100.0]"}, // as far as fractions go
		{percentRange(&lab.Estimate{Mean: 0.5312, Low: nan, High: nan, N: 1}), ""},
		{points(lab.Estimate{Mean: -0.021, Low: -0.038, High: -0.004}), "−2.1 [−3.8, −0.4]"},
		{points(lab.Estimate{Mean: 0.021, Low: nan, High: nan}), "+2.1"},
		{signed(lab.Estimate{Mean: 0.5, Low: 0.25, High: 0.75}), "+0.500 [+0.250, +0.750]"},
		{mean(&lab.Estimate{Mean: 1.3456}, 3), "1.346"},
		{mean(&lab.Estimate{Mean: 1.3456e12}, 3), "1.35e+12"},
		{mean(nil, 3), "–"},
		{slope(nil), "–"},
		{slope(&lab.Slope{Estimate: lab.Estimate{Mean: -0.306, Low: -0.4, High: -0.2, N: 3}}), "−0.31 [−0.40, −0.20]"},
		{pValue(ptr(0.00099)), "< 0.001"},
		{pValue(ptr(0.0123)), "0.012"},
		{pValue(ptr(0.345)), "0.34"},
		{pValue(ptr(nan)), "–"},
		{pValue(nil), "–"},
		{duration(3.14), "3.1 s"},
		{duration(71), "71 s"},
		{duration(600), "10 min"},
		{duration(9000), "2.5 h"},
		{duration(nan), "–"},
		{thousands(999), "999"},
		{thousands(1000), "1\u202f000"},
		{thousands(-1234567), "-1\u202f234\u202f567"},
		{thousands(-123), "-123"},
		{shorten("abcdef", 4), "abc…"},
		{shorten("äöü", 3), "äöü"},
		{shorten("abc", 0), ""},
		{clean("a\x1b[1m\tb\xff\u202e"), "a [1m b\uFFFD"},
		{cell("=1+1"), "'=1+1"},
		{evidence(nil), ""},
		{evidence(map[string]any{"p_holm": ptr(0.0123456), "test": "paired t", "low": -1, "high": 2.5, "seeds": 8, "t": nan, "x": (*float64)(nil)}),
			"test paired t · seeds 8 · 95 % interval [-1, 2.5] · p (Holm) 0.01235"},
		{evidence(map[string]any{"gradient": map[string]any{"a": "x", "b": "y"}}), "gradient (arm y · against x)"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMood(t *testing.T) {
	for verdict, want := range map[string]string{lab.Better: "good", lab.Worse: "bad", lab.NoDifference: "open", "not enough evidence": "open",
		lab.NoFall: "open", lab.NoBetterThanGuess: "bad", lab.NotShownToLearn: "open", lab.TrialsMissing: "bad", lab.CliffWithGradient: "bad", lab.FallWithoutGradient: "bad",
		lab.Ranking: "open", lab.GradientVanished: "bad", lab.Diverged: "bad", lab.NoSlope: "open", "better trained": "open", "": "open"} {
		if got := mood(verdict); got != want {
			t.Errorf("mood(%q) is %q, want %q", verdict, got, want)
		}
	}
}

// TestSqueeze: names that differ at either end stay different.
func TestSqueeze(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"tanh", 4, "tanh"},
		{"scaled-sigmoid · epochs 10", 12, "scale…chs 10"},
		{"scaled-sigmoid · epochs 2", 3, "s…2"},
		{"tanh · depth 4 against tanh · depth 3", 17, "ta…h 4 vs tan…h 3"},
		{"relu against scaled-sigmoid · epochs 2", 20, "relu vs scale…ochs 2"},
		{"a against b", 5, "a … b"},
	} {
		if got := squeeze(c.in, c.n); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
