package remedy

import (
	"fmt"
	"strings"
)

// listed writes "6 layers: conv1, conv2, linear1 …", one layer without a number.
func listed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d layers: %s", len(names), runs(names))
}

// runs writes names in order, those that are numbered one after the other as "linear1 to linear5".
func runs(names []string) string {
	var out []string
	for i := 0; i < len(names); {
		kind, first := split(names[i])
		j := i + 1
		for ; j < len(names); j++ {
			if k, n := split(names[j]); k != kind || n != first+j-i {
				break
			}
		}
		switch j - i {
		case 1:
			out = append(out, names[i])
		case 2:
			out = append(out, names[i], names[i+1])
		default:
			out = append(out, names[i]+" to "+names[j-1])
		}
		i = j
	}
	return strings.Join(out, ", ")
}

// split parts "linear12" into its kind and its number.
func split(name string) (kind string, number int) {
	kind = strings.TrimRight(name, "0123456789")
	for _, r := range name[len(kind):] {
		number = 10*number + int(r-'0')
	}
	return kind, number
}
