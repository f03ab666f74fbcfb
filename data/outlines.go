package data

// unit is the radius of an object in its own frame, in which outlines are stated: u to the right,
// v down, everything in whole numbers, so that every machine draws the same pixels.
const unit = 1 << 12

// of is x radii as a length of the frame. The product with a power of two is exact.
func of(x float64) int { return int(x * unit) }

// outlines are the classes of shapes in the order of their labels, each with its inside.
var outlines = []struct {
	name   string
	inside func(u, v int) bool
}{
	{"circle", func(u, v int) bool { return within(u, v, of(0.86)) }},
	{"square", func(u, v int) bool { return abs(u) <= of(0.75) && abs(v) <= of(0.75) }},
	{"triangle", func(u, v int) bool { return below(u, v, of(-1.05), of(0.70), of(1.01)) }},
	{"star", star},
	{"cross", func(u, v int) bool {
		return min(abs(u), abs(v)) <= of(0.27) && max(abs(u), abs(v)) <= of(0.95)
	}},
	{"ring", func(u, v int) bool { return within(u, v, of(0.95)) && !within(u, v, of(0.55)) }},
	{"crescent", func(u, v int) bool {
		return within(u, v, of(0.95)) && !within(u-of(0.45), v, of(0.75))
	}},
	{"arrow", func(u, v int) bool {
		return below(u, v, of(-1), of(0.1), of(0.85)) || abs(u) <= of(0.22) && v >= 0 && v <= of(0.95)
	}},
	{"heart", func(u, v int) bool {
		return within(abs(u)-of(0.43), v+of(0.3), of(0.5)) || below(u, -v, of(-0.95), of(0.13), of(0.9))
	}},
	{"hourglass", func(u, v int) bool {
		return abs(v) <= of(0.9) && 4*abs(u) <= max(3*abs(v), of(0.5))
	}},
}

// within says whether (u, v) lies in the circle of radius r around the origin.
func within(u, v, r int) bool { return u*u+v*v <= r*r }

// below says whether (u, v) lies in the triangle with its tip at (0, top) and its base, from
// −half to half, at v = base.
func below(u, v, top, base, half int) bool {
	return v <= base && abs(u)*(base-top) <= half*(v-top)
}

// star is the five-pointed star of circumradius 1.05: the points that at most one of its five
// lines cuts off.
func star(u, v int) bool {
	const far = 1329 // 1.05 · cos 72°
	cut := 0
	for _, n := range starNormals {
		if u*n[0]+v*n[1] > far*unit {
			cut++
		}
	}
	return cut <= 1
}

// starNormals points from the centre to the tips: (sin, −cos) of multiples of 72°, times unit.
var starNormals = [5][2]int{{0, -4096}, {3896, -1266}, {2408, 3314}, {-2408, 3314}, {-3896, -1266}}

func abs(x int) int { return max(x, -x) }
