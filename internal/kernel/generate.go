package kernel

//go:generate go run -C asm . -kind peak -out ../peak_asm_amd64.s -stubs ../peak_asm_amd64.go -pkg kernel
//go:generate go run -C asm . -kind gemm_avx512 -out ../gemm_avx512_amd64.s -stubs ../gemm_avx512_amd64.go -pkg kernel
//go:generate go run -C asm . -kind gemm_avx2 -out ../gemm_avx2_amd64.s -stubs ../gemm_avx2_amd64.go -pkg kernel
//go:generate go run -C asm . -kind elementwise_avx512 -out ../elementwise_avx512_amd64.s -stubs ../elementwise_avx512_amd64.go -pkg kernel
//go:generate go run -C asm . -kind elementwise_avx2 -out ../elementwise_avx2_amd64.s -stubs ../elementwise_avx2_amd64.go -pkg kernel
//go:generate go run -C asm . -kind layout_avx512 -out ../layout_avx512_amd64.s -stubs ../layout_avx512_amd64.go -pkg kernel
//go:generate go run -C asm . -kind layout_avx2 -out ../layout_avx2_amd64.s -stubs ../layout_avx2_amd64.go -pkg kernel
