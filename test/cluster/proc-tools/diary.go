package main

import (
	"sync"
	"time"
)

// A diary of the reads of one file.
type diary struct {
	path     string
	mutex    sync.Mutex
	counts   map[string]int
	outages  []outage
	open     *outage
	reading  time.Time
	slowest  time.Duration
	lastSeen time.Time
}

// An outage is from the last read that was right to the next one; FailedMs: the part of it until the first read that was no error any more.
type outage struct {
	BeganMs  int64 `json:"beganMs"`
	Ms       int64 `json:"ms"`
	FailedMs int64 `json:"failedMs"`
}

type report struct {
	Path    string         `json:"path"`
	Counts  map[string]int `json:"counts"`
	Outages []outage       `json:"outages"`
	// Of an outage that is not over.
	IsOut bool `json:"isOut"`
	// Of the slowest read, and of one that is under way.
	SlowestMs int64 `json:"slowestMs"`
}

func (diary *diary) begin(at time.Time) {
	diary.mutex.Lock()
	defer diary.mutex.Unlock()
	diary.reading = at
}

func (diary *diary) end(at time.Time, verdict string) {
	diary.mutex.Lock()
	defer diary.mutex.Unlock()
	if diary.counts == nil {
		diary.counts = map[string]int{}
	}
	diary.counts[verdict]++
	diary.slowest = max(diary.slowest, at.Sub(diary.reading))
	diary.reading = time.Time{}
	if verdict == "right" {
		if diary.open != nil {
			diary.open.Ms = at.UnixMilli() - diary.open.BeganMs
			diary.outages = append(diary.outages, *diary.open)
			diary.open = nil
		}
		diary.lastSeen = at
		return
	}
	if diary.open == nil {
		if diary.lastSeen.IsZero() {
			return // Never right until now: that is not over yet, and counted.
		}
		diary.open = &outage{BeganMs: diary.lastSeen.UnixMilli()}
	}
	if verdict != "wrong" {
		diary.open.FailedMs = at.UnixMilli() - diary.open.BeganMs
	}
}

func (diary *diary) report(now time.Time) report {
	diary.mutex.Lock()
	defer diary.mutex.Unlock()
	slowest := diary.slowest
	if !diary.reading.IsZero() {
		slowest = max(slowest, now.Sub(diary.reading))
	}
	counts := map[string]int{}
	for verdict, times := range diary.counts {
		counts[verdict] = times
	}
	outages := append([]outage{}, diary.outages...)
	return report{diary.path, counts, outages, diary.open != nil, slowest.Milliseconds()}
}
