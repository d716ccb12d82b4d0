package main

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
)

type limits struct{ memoryKB, cpus int }

// right tells whether the text is that of a container with these limits; where it cannot be told from the node's own, any text is.
type file struct {
	path  string
	right func(string, limits) bool
}

var files = []file{
	{"/proc/cpuinfo", func(text string, wanted limits) bool { return count(text, "processor\t") == wanted.cpus }},
	{"/proc/meminfo", func(text string, wanted limits) bool { return memTotal(text) == wanted.memoryKB }},
	// "cpu " is the sum of all.
	{"/proc/stat", func(text string, wanted limits) bool { return count(text, "cpu")-1 == wanted.cpus }},
	{"/proc/diskstats", anything},
	{"/proc/swaps", anything},
	{"/proc/uptime", anything},
	{"/proc/loadavg", anything},
	{"/sys/devices/system/cpu/online", func(text string, wanted limits) bool { return online(text) == wanted.cpus }},
}

func anything(string, limits) bool { return true }

func count(text, prefix string) int {
	found := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			found++
		}
	}
	return found
}

func memTotal(text string) int {
	_, rest, _ := strings.Cut(text, "MemTotal:")
	value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	total, _ := strconv.Atoi(value)
	return total
}

// online counts what is in a list such as 0-1,3.
func online(text string) int {
	cpus := 0
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil {
			return 0
		}
		cpus += to - from + 1
	}
	return cpus
}

// judge gives "right", "wrong" for a text that is another's, or the name of the error.
func judge(file file, wanted limits, text string, err error) string {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case err != nil:
		return err.Error()
	case file.right(text, wanted):
		return "right"
	}
	return "wrong"
}
