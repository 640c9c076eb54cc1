package main

import "github.com/spf13/cobra"

func newCodecBench(out *console) *cobra.Command { return &cobra.Command{Use: "bench"} }
