package main

func gemmAVX512() {}
func gemmAVX2()   {}
