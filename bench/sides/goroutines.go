// Goroutines that run again a while after an error: `go run goroutines.go COUNT RESTARTS`.
// Prints start in ns, memory in bytes and CPU of a restart in ns, for one service.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var errMade = errors.New("made beforehand")

// supervise runs services until the context is done, and says what they do to one observer.
func supervise(ctx context.Context, services []func(context.Context) error, delay time.Duration, observe func(string)) *sync.WaitGroup {
	var all sync.WaitGroup
	for _, service := range services {
		service := service
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				observe("running")
				if service(ctx); ctx.Err() != nil {
					return
				}
				observe("failed")
				select {
				case <-time.After(delay):
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	return &all
}

func repeated(count int, service func(context.Context) error) []func(context.Context) error {
	services := make([]func(context.Context) error, count)
	for index := range services {
		services[index] = service
	}
	return services
}

func idleRound(count int) (start, memory int64) {
	services := repeated(count, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	before := memoryInUse()
	ctx, cancel := context.WithCancel(context.Background())
	var running int64
	began := time.Now()
	all := supervise(ctx, services, 10*time.Millisecond, func(string) { atomic.AddInt64(&running, 1) })
	for atomic.LoadInt64(&running) < int64(count) {
		runtime.Gosched()
	}
	start = time.Since(began).Nanoseconds() / int64(count)
	memory = (memoryInUse() - before) / int64(count)
	cancel()
	all.Wait()
	return start, memory
}

func restarts(count int, goal int64) int64 {
	services := repeated(count, func(context.Context) error { return errMade })
	var events int64
	ctx, cancel := context.WithCancel(context.Background())
	all := supervise(ctx, services, 10*time.Millisecond, func(string) { atomic.AddInt64(&events, 1) })
	wait := func(until int64) {
		for atomic.LoadInt64(&events) < until {
			time.Sleep(time.Millisecond)
		}
	}
	wait(int64(4 * count))
	first, before := atomic.LoadInt64(&events), cpu()
	wait(first + 2*goal)
	cost := (cpu() - before) / ((atomic.LoadInt64(&events) - first) / 2)
	cancel()
	all.Wait()
	return cost
}

func memoryInUse() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

func cpu() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	goal, _ := strconv.ParseInt(os.Args[2], 10, 64)
	start, memory := idleRound(count) // the first: later ones would find the stacks of the ones before
	fmt.Println(start, memory, restarts(count, goal))
}
