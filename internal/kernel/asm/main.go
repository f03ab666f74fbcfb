// The generator of package kernel's assembly for x86-64. It is a module of its own, so that gradlab
// does not depend on avo. Run it through `go generate ./internal/kernel`.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/build"
)

// kinds are the files that can be generated, by the name given with -kind.
var kinds = map[string]func(){
	"peak": peak,

	"gemm_avx512": gemmAVX512,
	"gemm_avx2":   gemmAVX2,

	"layout_avx512": func() { layouts(newVector(true)) },
	"layout_avx2":   func() { layouts(newVector(false)) },

	"elementwise_avx512": elementwiseAVX512,
	"elementwise_avx2":   elementwiseAVX2,
}

func main() {
	kind := flag.String("kind", "", "what to generate") // avo itself reads -out, -stubs and -pkg
	flag.Parse()
	generate, ok := kinds[*kind]
	if !ok {
		fmt.Fprintf(os.Stderr, "unknown -kind %q\n", *kind)
		os.Exit(2)
	}
	build.ConstraintExpr("amd64")
	generate()
	build.Generate()
}

// layouts writes the kernels that lay matrices and images out anew.
func layouts(v *vector) {
	v.copyRows()
	v.planes()
}
