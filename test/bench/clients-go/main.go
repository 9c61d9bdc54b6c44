// Command bench measures what one Go client of a vecstore server costs: one contestant, one kind of work, one line of JSON.
// test/bench/client-cost-go.mjs runs it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// measure is what a turn took.
type measure struct {
	Calls       int     `json:"calls"`
	CPUMicros   float64 `json:"cpuMicros"`
	WallMicros  float64 `json:"wallMicros"`
	Allocations uint64  `json:"allocations"`
}

func main() {
	var of task
	flag.StringVar(&of.address, "address", "127.0.0.1:8080", "host:port of the server")
	flag.StringVar(&of.namespace, "namespace", "default", "which is filled by the work fill")
	flag.IntVar(&of.calls, "calls", 1000, "queries, or batches, that count")
	flag.IntVar(&of.warmup, "warmup", 200, "calls before them")
	flag.IntVar(&of.concurrency, "concurrency", 1, "calls at once")
	flag.IntVar(&of.dimension, "dimension", 768, "numbers of a vector")
	flag.IntVar(&of.batch, "batch", 500, "records of an upsert")
	flag.IntVar(&of.limit, "limit", 10, "results of a query")
	contestant := flag.String("contestant", "vecstore-connect", "who calls")
	work := flag.String("work", "query", "query, upsert, or fill")
	flag.Parse()
	taken, err := run(context.Background(), *work, *contestant, of)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(taken)
}

func run(ctx context.Context, work, contestant string, of task) (measure, error) {
	if work == "fill" {
		return measure{}, fill(ctx, of)
	}
	open, ok := contestants[contestant]
	if !ok {
		return measure{}, fmt.Errorf("there is no contestant %q", contestant)
	}
	caller, err := open(of)
	if err != nil {
		return measure{}, err
	}
	if work == "upsert" {
		return count(of.calls, func() error { return caller.upsertAll(ctx) })
	}
	vector := randomVector(of.dimension, 1)
	query := func(int) error { return caller.query(ctx, vector) }
	if err := spread(of.warmup, of.concurrency, query); err != nil {
		return measure{}, err
	}
	return count(of.calls, func() error { return spread(of.calls, of.concurrency, query) })
}

// spread makes calls, several at a time.
func spread(calls, concurrency int, call func(int) error) error {
	positions := make(chan int, calls)
	for at := range calls {
		positions <- at
	}
	close(positions)
	failures := make(chan error, concurrency)
	var group sync.WaitGroup
	for range concurrency {
		group.Add(1)
		go func() {
			defer group.Done()
			for at := range positions {
				if err := call(at); err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	group.Wait()
	close(failures)
	return <-failures
}

func count(calls int, work func() error) (measure, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	if err := work(); err != nil {
		return measure{}, err
	}
	wall, used := time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	return measure{
		Calls:       calls,
		CPUMicros:   float64(used.Microseconds()),
		WallMicros:  float64(wall.Microseconds()),
		Allocations: after.Mallocs - before.Mallocs,
	}, nil
}

// cpuTime is what this process has used, of the system too.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
