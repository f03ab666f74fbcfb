package kernel

// pickKernel picks the lanes of c vectors out of c others, blocks times; strides are in bytes.
type pickKernel func(dst *float32, dstI, dstStep int, src *float32, srcI, srcStep, blocks int, table *int32)

// planeSet is the kernels of one instruction set between pixels and planes, by the number of planes,
// and the tables that say which lane comes from where.
type planeSet struct {
	lanes       int
	pick        [maxPlanes + 1]pickKernel
	toPlanes    [maxPlanes + 1][]int32
	toPixels    [maxPlanes + 1][]int32
	tableFormat func(lanes, c int, from func(t int) (vector, lane int)) []int32
}

var planes512 = newPlanes(planeSet{
	lanes: 16, tableFormat: table512,
	pick: [...]pickKernel{2: pick2_512, pick3_512, pick4_512, pick5_512, pick6_512, pick7_512, pick8_512},
})

var planes256 = newPlanes(planeSet{
	lanes: 8, tableFormat: table256,
	pick: [...]pickKernel{2: pick2_256, pick3_256, pick4_256, pick5_256, pick6_256, pick7_256, pick8_256},
})

// newPlanes makes the tables. A block is as many pixels as a vector has lanes: c vectors of pixels, or
// one vector of each plane.
func newPlanes(p planeSet) *planeSet {
	for c := 2; c <= maxPlanes; c++ {
		// Element t of the block's planes is pixel t mod lanes, channel t / lanes; that of its
		// pixels is pixel t / c, channel t mod c.
		p.toPlanes[c] = p.tableFormat(p.lanes, c, func(t int) (int, int) {
			at := t%p.lanes*c + t/p.lanes
			return at / p.lanes, at % p.lanes
		})
		p.toPixels[c] = p.tableFormat(p.lanes, c, func(t int) (int, int) { return t % c, t / c })
	}
	return &p
}

// table512 is for two-source permutations that go on from what was picked before: the first picks from
// vectors 0 and 1, each later one keeps lanes or takes them from its vector.
func table512(lanes, c int, from func(t int) (vector, lane int)) []int32 {
	table := make([]int32, c*c*lanes)
	for t := range c * lanes {
		vector, lane := from(t)
		at := func(i int) *int32 { return &table[(t/lanes*c+i)*lanes+t%lanes] }
		for i := 2; i < c; i++ {
			*at(i) = int32(t % lanes)
		}
		switch vector {
		case 0:
			*at(0) = int32(lane)
		case 1:
			*at(0) = int32(lanes + lane)
		default:
			*at(vector) = int32(lanes + lane)
		}
	}
	return table
}

// table256 is, for each vector, the lanes that it gives and a mask of where they go.
func table256(lanes, c int, from func(t int) (vector, lane int)) []int32 {
	table := make([]int32, 2*c*c*lanes)
	for t := range c * lanes {
		vector, lane := from(t)
		at := 2*(t/lanes*c+vector)*lanes + t%lanes
		table[at], table[at+lanes] = int32(lane), -1
	}
	return table
}

// split and join write whole blocks, and give the number of pixels done.
func (p *planeSet) split(dst []float32, plane int, src []float32, c, n int) int {
	if c < 2 || c > maxPlanes || n < p.lanes {
		return 0
	}
	vector := 4 * p.lanes
	p.pick[c](&dst[0], 4*plane, vector, &src[0], vector, c*vector, n/p.lanes, &p.toPlanes[c][0])
	return n / p.lanes * p.lanes
}

func (p *planeSet) join(dst, src []float32, plane, c, n int) int {
	if c < 2 || c > maxPlanes || n < p.lanes {
		return 0
	}
	vector := 4 * p.lanes
	p.pick[c](&dst[0], vector, c*vector, &src[0], 4*plane, vector, n/p.lanes, &p.toPixels[c][0])
	return n / p.lanes * p.lanes
}
