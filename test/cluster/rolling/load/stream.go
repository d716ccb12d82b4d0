package main

import "time"

// A client gives up then: before the proxy does, and long after the longest stall that was seen of a busy machine.
const patience = 25 * time.Second

type client interface {
	// Asks once; a connection must not be used beyond the deadline.
	ask(deadline time.Time) error
}

type stream struct {
	name   string
	period time.Duration
	client client
}

// Sends by the clock, whatever becomes of the requests before: who waits for answers would send less where they fail.
func (s stream) run(current *currentPhase) {
	for next := time.Now(); ; next = next.Add(s.period) {
		time.Sleep(time.Until(next))
		phase := current.join()
		go func() {
			began := time.Now()
			err := s.client.ask(began.Add(patience))
			phase.leave(s.name, began, err)
		}()
	}
}
