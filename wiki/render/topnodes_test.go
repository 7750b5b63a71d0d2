package render_test

import "strings"

// sameNodes counts how many of the nodes at the top of want are in got, in the
// same order, by the lenient rule, and how many there are.
func sameNodes(want, got string) (same, all int) {
	a, b := topNodes(canonical(want, true)), topNodes(canonical(got, true))
	// The longest common subsequence, line by line of its table.
	line := make([]int, len(b)+1)
	for _, node := range a {
		diagonal := 0
		for j := range b {
			above := line[j+1]
			if node == b[j] {
				line[j+1] = diagonal + 1
			} else {
				line[j+1] = max(above, line[j])
			}
			diagonal = above
		}
	}
	return line[len(b)], len(a)
}

// topNodes joins the tokens of each node at the top.
func topNodes(tokens []string) []string {
	var nodes []string
	var node strings.Builder
	depth := 0
	for _, t := range tokens {
		node.WriteString(t)
		node.WriteByte('\n')
		switch t[0] {
		case 'S':
			depth++
		case 'E':
			depth--
		}
		if depth == 0 {
			nodes = append(nodes, node.String())
			node.Reset()
		}
	}
	return nodes
}
