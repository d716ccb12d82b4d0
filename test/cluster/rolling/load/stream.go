package main

import "time"

// A client gives up then.
const patience = 10 * time.Second

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
