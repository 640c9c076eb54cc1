package codec

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// peakJob is what a child process does, whose peak of resident memory is its own.
type peakJob struct {
	N      int
	Size   int64
	Budget int64
	Dir    string // has the file "blob"
	Decode string // axis to decode from, or empty: encode
}

const peakEnv = "CODEC_PEAK_JOB"

func TestMain(m *testing.M) {
	if job := os.Getenv(peakEnv); job != "" {
		if err := peakChild(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func peakChild(arg string) error {
	var job peakJob
	if err := json.Unmarshal([]byte(arg), &job); err != nil {
		return err
	}
	p, err := NewParams(job.N)
	if err != nil {
		return err
	}
	c, err := New(p, Options{MemoryBudget: job.Budget})
	if err != nil {
		return err
	}
	if job.Decode != "" {
		err = job.decode(c)
	} else {
		err = job.encode(c)
	}
	if err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			fmt.Println(fields[1])
		}
	}
	return nil
}

func (job peakJob) file(name string) string { return filepath.Join(job.Dir, name) }

// encode leaves metadata and enough slivers of both axes to decode, half of them systematic.
func (job peakJob) encode(c *Codec) error {
	blob, err := os.Open(job.file("blob"))
	if err != nil {
		return err
	}
	defer blob.Close()
	e, err := c.Prepare(context.Background(), blob, job.Size)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := os.WriteFile(job.file("metadata"), e.Metadata().AppendBCS(nil), 0o600); err != nil {
		return err
	}
	var files [2]*os.File
	for _, a := range []Axis{Primary, Secondary} {
		if files[a], err = os.Create(job.file(a.String())); err != nil {
			return err
		}
		defer files[a].Close()
	}
	return e.Slivers(context.Background(), nil, func(_ context.Context, batch []Sliver) error {
		for _, s := range batch {
			if slot := peakSlot(c.p, s.Axis, s.Index); slot >= 0 {
				if _, err := files[s.Axis].WriteAt(s.Data, int64(slot)*int64(len(s.Data))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// peakSlot numbers the slivers that peakJob decodes from: the first half of the systematic ones and the last slivers.
func peakSlot(p Params, a Axis, index int) int {
	k := p.SourceSlivers(a)
	if index < k/2 {
		return index
	}
	if i := p.n - 1 - index; i < k-k/2 {
		return k/2 + i
	}
	return -1
}

func (job peakJob) decode(c *Codec) error {
	axis, err := ParseAxis(job.Decode)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(job.file("metadata"))
	if err != nil {
		return err
	}
	m, err := UnmarshalMetadata(c.p, b)
	if err != nil {
		return err
	}
	slivers, err := os.Open(job.file(axis.String()))
	if err != nil {
		return err
	}
	defer slivers.Close()
	out, err := os.Create(job.file("decoded"))
	if err != nil {
		return err
	}
	defer out.Close()
	d, err := c.NewDecoder(m, axis, out)
	if err != nil {
		return err
	}
	s := Sliver{Axis: axis, SymbolSize: d.geo.s, Data: make([]byte, d.geo.sliverBytes(axis))}
	for i := range c.p.n {
		slot := peakSlot(c.p, axis, i)
		if slot < 0 {
			continue
		}
		s.Index = i
		if _, err := slivers.ReadAt(s.Data, int64(slot)*int64(len(s.Data))); err != nil {
			return err
		}
		if err := d.Add(context.Background(), &s); err != nil {
			return err
		}
	}
	return d.Finish(context.Background(), Default)
}

// peaks runs a child for each step and returns the peaks in MiB.
func peaks(tb testing.TB, n int, size, budget int64) map[string]float64 {
	tb.Helper()
	job := peakJob{N: n, Size: size, Budget: budget, Dir: tb.TempDir()}
	f, err := os.Create(job.file("blob"))
	if err != nil {
		tb.Fatal(err)
	}
	chunk := randomBlob(1, 1<<20)
	for at := int64(0); at < size; at += int64(len(chunk)) {
		chunk = chunk[:min(int64(len(chunk)), size-at)]
		chunk[0]++
		if _, err := f.WriteAt(chunk, at); err != nil {
			tb.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	result := map[string]float64{}
	for _, job.Decode = range []string{"", Primary.String(), Secondary.String()} {
		arg, err := json.Marshal(job)
		if err != nil {
			tb.Fatal(err)
		}
		cmd := exec.CommandContext(tb.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), peakEnv+"="+string(arg))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			tb.Fatalf("%+v: %v", job, err)
		}
		kib, err := strconv.Atoi(string(bytes.TrimSpace(out)))
		if err != nil {
			tb.Fatalf("%+v: %v", job, err)
		}
		name := "encode"
		if job.Decode != "" {
			name = "decode_" + job.Decode
			want, err := os.ReadFile(job.file("blob"))
			if err != nil {
				tb.Fatal(err)
			}
			if got, err := os.ReadFile(job.file("decoded")); err != nil || !bytes.Equal(got, want) {
				tb.Fatalf("decoded from %s slivers: %v", job.Decode, err)
			}
		}
		result[name] = float64(kib) / 1024
	}
	return result
}

// TestPeakMemory checks that the peak is near the budget when the blob is much larger.
func TestPeakMemory(t *testing.T) {
	if runtime.GOOS != "linux" || raceEnabled || testing.Short() {
		t.Skip("needs /proc and the memory of an ordinary build")
	}
	const n, budget = 100, 16 << 20
	for step, mib := range peaks(t, n, 80<<20, budget) {
		t.Logf("%s: %.1f MiB", step, mib)
		const runtimeMiB = 24 // program, stacks, metadata, scratch memory, garbage
		if mib > budget>>20+runtimeMiB {
			t.Errorf("%s of 80 MiB: peak of %.1f MiB with a budget of %d MiB", step, mib, budget>>20)
		}
	}
}

// BenchmarkPeak reports the peaks for large blobs at 1,000 shards. Its time means nothing.
func BenchmarkPeak(b *testing.B) {
	for _, size := range []int64{256 << 20, 1 << 30} {
		b.Run(fmt.Sprintf("%dMiB", size>>20), func(b *testing.B) {
			for b.Loop() {
				for step, mib := range peaks(b, 1000, size, 0) {
					b.ReportMetric(mib, step+"-MiB")
				}
			}
		})
	}
}
