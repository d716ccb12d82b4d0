package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// phase counts the requests that began in it.
type phase struct {
	Name string `json:"name"`
	// Seconds from its beginning until the next one's.
	Seconds  float64        `json:"seconds"`
	Requests map[string]int `json:"requests"` // by stream
	Failures []failure      `json:"failures"`
	// The longest that a request took that did not fail, in seconds.
	Slowest float64 `json:"slowest"`

	mutex   sync.Mutex
	began   time.Time
	pending sync.WaitGroup
}

type failure struct {
	At     float64 `json:"at"` // seconds since the phase's beginning, when it was sent
	After  float64 `json:"after"`
	Stream string  `json:"stream"`
	Kind   string  `json:"kind"`
}

func (p *phase) leave(stream string, began time.Time, err error) {
	defer p.pending.Done()
	took := time.Since(began).Seconds()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.Requests[stream]++
	if err == nil {
		p.Slowest = max(p.Slowest, took)
		return
	}
	p.Failures = append(p.Failures, failure{began.Sub(p.began).Seconds(), took, stream, kindOf(err)})
}

func (p *phase) tell(output *json.Encoder) {
	p.pending.Wait()
	output.Encode(p)
}

// The phase that requests begin in.
type currentPhase struct {
	sync.Mutex
	*phase
}

func (c *currentPhase) join() *phase {
	c.Lock()
	defer c.Unlock()
	c.phase.pending.Add(1)
	return c.phase
}

// Begins a phase, and returns the one that it ends.
func (c *currentPhase) begin(name string) *phase {
	c.Lock()
	defer c.Unlock()
	ended, now := c.phase, time.Now()
	if ended != nil {
		ended.Seconds = now.Sub(ended.began).Seconds()
	}
	c.phase = &phase{Name: name, began: now, Requests: map[string]int{}, Failures: []failure{}}
	return ended
}

// The same words for the same thing, without ports and addresses.
func kindOf(err error) string {
	step, _, _ := strings.Cut(err.Error(), ":")
	var network net.Error
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return step + ": nothing in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return step + ": refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return step + ": reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return step + ": closed"
	}
	return err.Error()
}
