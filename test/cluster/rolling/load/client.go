package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A kept connection is not used again so long after it was opened: what docs/stopping.md says that a drain of `min=5s` covers, with
// the time until the last has heard of a deletion.
const keptFor = 2 * time.Second

// fresh opens a connection for each request.
type fresh struct{ address string }

func (f fresh) ask(deadline time.Time) error {
	c, err := open(f.address, deadline)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.ask("close", deadline)
}

// kept uses connections again until they are too old. Not net/http's client: that one asks again, by itself and unseen, where a
// connection that it kept turns out to be closed.
type kept struct {
	address string
	sync.Mutex
	idle []*connection
}

func (k *kept) ask(deadline time.Time) error {
	c := k.take()
	if c == nil {
		var err error
		if c, err = open(k.address, deadline); err != nil {
			return err
		}
	}
	if err := c.ask("keep-alive", deadline); err != nil {
		c.Close()
		return err
	}
	k.giveBack(c)
	return nil
}

func (k *kept) take() *connection {
	k.Lock()
	defer k.Unlock()
	for len(k.idle) > 0 {
		c := k.idle[len(k.idle)-1]
		k.idle = k.idle[:len(k.idle)-1]
		if c.isFresh() {
			return c
		}
		c.Close()
	}
	return nil
}

func (k *kept) giveBack(c *connection) {
	k.Lock()
	defer k.Unlock()
	live := k.idle[:0]
	for _, each := range append(k.idle, c) {
		if each.isFresh() {
			live = append(live, each)
		} else {
			each.Close()
		}
	}
	k.idle = live
}

type connection struct {
	net.Conn
	reader *bufio.Reader
	opened time.Time
	last   time.Time // when the last answer had come, if any has
	closes bool      // the server has said so
}

func (c *connection) isFresh() bool { return time.Since(c.opened) < keptFor && !c.closes }

func open(address string, deadline time.Time) (*connection, error) {
	dialer := net.Dialer{Deadline: deadline, KeepAlive: -1}
	c, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &connection{Conn: c, reader: bufio.NewReader(c), opened: time.Now()}, nil
}

func (c *connection) ask(keeping string, deadline time.Time) error {
	c.SetDeadline(deadline)
	began := time.Now()
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: orders\r\nConnection: %s\r\n\r\n", keeping); err != nil {
		return c.failed("send", began, err)
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return c.failed("answer", began, err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return c.failed("body", began, err)
	}
	if answer.StatusCode != 200 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	if string(body) != "orders\n" {
		return fmt.Errorf("body %q", body)
	}
	c.closes = answer.Close
	c.last = time.Now()
	return nil
}

// Says for how long a used connection had been silent: the longer, the more the server was right to take it for idle.
func (c *connection) failed(step string, began time.Time, err error) error {
	if !c.last.IsZero() {
		return fmt.Errorf("%s after %d s of silence: %w", step, int(began.Sub(c.last).Seconds()), err)
	}
	return fmt.Errorf("%s: %w", step, err)
}
