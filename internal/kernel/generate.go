package kernel

//go:generate sh -c "cd asm && for k in gemm_avx512 gemm_avx2 elementwise_avx512 elementwise_avx2; do go run . -kind ${k} -out ../${k}_amd64.s -stubs ../${k}_amd64.go -pkg kernel; done"
