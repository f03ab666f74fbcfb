package nn

// Node is a layer in its place in the graph of a network.
type Node struct {
	Position
	Parameters int   // number of trained values
	Reads      []int // the positions whose outputs go in, by Index; 0 is the network's input. A residual block's sum reads two: the last of the block's layers, and what is added to that
}

// Graph lists the layers in forward order.
func (p *Plan[T]) Graph() []Node {
	nodes := make([]Node, len(p.layers))
	for i, l := range p.layers {
		nodes[i] = Node{Position: l.Position, Parameters: l.parameters(), Reads: []int{l.from + 1}}
		if sum, ok := l.op.(*residual[T]); ok {
			nodes[i].Reads = append(nodes[i].Reads, sum.layer+1)
		}
	}
	return nodes
}

// parameters is the number of trained values of the layer.
func (l *placed[T]) parameters() int {
	n := 0
	for _, q := range l.params {
		n += q.Shape.Size()
	}
	return n
}
