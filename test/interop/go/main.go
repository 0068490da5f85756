// Reads and writes counters files, written from the layout alone: a second opinion on what Node writes and reads.
//
//	interop print FILE                     the printer's lines
//	interop serve FILE CAPACITY LABEL N    makes a file with one counter, says ready, adds N, waits for its input to end
//	interop add FILE LABEL N               says ready, adds 1 N times
//	interop storm FILE TAG MS FIRSTID      says ready, adds counters whose value stands in their label, and frees them
//	interop bench FILE LABEL N             nanoseconds of an atomic add, of a load, and of a walk over all counters
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type file struct {
	bytes            []byte
	metadata, values int
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return n
}

func (f *file) int32(at int) *int32 { return (*int32)(unsafe.Pointer(&f.bytes[at])) }
func (f *file) int64(at int) *int64 { return (*int64)(unsafe.Pointer(&f.bytes[at])) }

func mapped(handle *os.File) *file {
	stat, err := handle.Stat()
	check(err)
	bytes, err := syscall.Mmap(int(handle.Fd()), 0, int(stat.Size()), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	check(err)
	f := &file{bytes: bytes}
	f.metadata = 128 + int(*f.int32(4))
	f.values = f.metadata + int(*f.int32(8))
	return f
}

func open(path string) *file {
	handle, err := os.OpenFile(path, os.O_RDWR, 0)
	check(err)
	return mapped(handle)
}

func create(path string, capacity int) *file {
	handle, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	check(err)
	end := 256 + 640*capacity
	check(handle.Truncate(int64((end + 4095) / 4096 * 4096)))
	f := mapped(handle)
	*f.int32(4) = 128
	*f.int32(8) = int32(512 * capacity)
	*f.int32(12) = int32(128 * capacity)
	*f.int64(16) = int64(os.Getpid())
	*f.int64(24) = time.Now().UnixMilli()
	*f.int32(128) = 1
	*f.int32(132) = 4
	*f.int32(136) = 2
	copy(f.bytes[140:], "langgo")
	atomic.StoreInt32(f.int32(0), 1)
	f.metadata = 256
	f.values = 256 + 512*capacity
	return f
}

func (f *file) capacity() int { return (f.values - f.metadata) / 512 }

func (f *file) add(id int64, label string, value int64) int {
	for slot := 0; slot < f.capacity(); slot++ {
		word := f.int64(f.metadata + 512*slot)
		seen := atomic.LoadInt64(word)
		if status := seen & 255; status != 0 && status != 3 {
			continue
		}
		if !atomic.CompareAndSwapInt64(word, seen, id<<8|1) {
			continue
		}
		*f.int32(f.metadata + 512*slot + 128) = int32(len(label))
		copy(f.bytes[f.metadata+512*slot+132:], label)
		atomic.StoreInt64(f.int64(f.values+128*slot), value)
		atomic.StoreInt64(word, id<<8|2)
		return slot
	}
	return -1
}

func (f *file) each(visit func(slot int, id int64, label string, value int64)) {
	for slot := 0; slot < f.capacity(); slot++ {
		word := f.int64(f.metadata + 512*slot)
		seen := atomic.LoadInt64(word)
		if seen&255 == 0 {
			return
		}
		if seen&255 != 2 {
			continue
		}
		at := f.metadata + 512*slot + 132
		label := string(f.bytes[at : at+int(*f.int32(at - 4))])
		value := atomic.LoadInt64(f.int64(f.values + 128*slot))
		if atomic.LoadInt64(word) == seen {
			visit(slot, seen>>8, label, value)
		}
	}
}

func (f *file) value(label string) *int64 {
	var found *int64
	f.each(func(slot int, _ int64, each string, _ int64) {
		if each == label {
			found = f.int64(f.values + 128*slot)
		}
	})
	return found
}

func (f *file) print(path string) {
	fmt.Printf("file: %s\nversion: %d\npid: %d\nstarted: %d\n", path, *f.int32(0), *f.int64(16), *f.int64(24))
	at := 132
	for n := *f.int32(128); n > 0; n-- {
		label, value := int(*f.int32(at)), int(*f.int32(at + 4))
		text := string(f.bytes[at+8 : at+8+label+value])
		fmt.Printf("static: %s=%s\n", text[:label], text[label:])
		at = (at + 8 + label + value + 3) / 4 * 4
	}
	f.each(func(_ int, id int64, label string, value int64) { fmt.Printf("counter: %s[%d]=%d\n", label, id, value) })
}

func bench(f *file, label string, n int64) {
	value := f.value(label)
	start := time.Now()
	for i := int64(0); i < n; i++ {
		atomic.AddInt64(value, 1)
	}
	add := time.Since(start)
	start = time.Now()
	var sum int64
	for i := int64(0); i < n; i++ {
		sum += atomic.LoadInt64(value)
	}
	load := time.Since(start)
	start = time.Now()
	walks := 1000
	for i := 0; i < walks; i++ {
		f.each(func(_ int, _ int64, label string, value int64) { sum += value + int64(len(label)) })
	}
	walk := time.Since(start)
	fmt.Println(float64(add.Nanoseconds())/float64(n), float64(load.Nanoseconds())/float64(n),
		float64(walk.Nanoseconds())/float64(walks), sum != 0)
}

func main() {
	path, args := os.Args[2], os.Args[3:]
	switch os.Args[1] {
	case "print":
		open(path).print(path)
	case "serve":
		f := create(path, int(number(args[0])))
		value := f.int64(f.values + 128*f.add(1, args[1], 0))
		fmt.Println("ready")
		for n := number(args[2]); n > 0; n-- {
			atomic.AddInt64(value, 1)
		}
		io.Copy(io.Discard, os.Stdin)
	case "add":
		value := open(path).value(args[0])
		fmt.Println("ready")
		for n := number(args[1]); n > 0; n-- {
			atomic.AddInt64(value, 1)
		}
	case "storm":
		f := open(path)
		until := time.Now().Add(time.Duration(number(args[1])) * time.Millisecond)
		fmt.Println("ready")
		for n := number(args[2]); time.Now().Before(until); {
			held := map[int]int64{}
			for i := 0; i < 5; i++ {
				n++
				if slot := f.add(n, fmt.Sprintf("%s=%d", strings.Repeat(args[0], int(1+n%40)), n), n); slot >= 0 {
					held[slot] = n
				}
			}
			for slot, id := range held {
				atomic.CompareAndSwapInt64(f.int64(f.metadata+512*slot), id<<8|2, id<<8|3)
			}
		}
	case "bench":
		bench(open(path), args[0], number(args[1]))
	}
}
