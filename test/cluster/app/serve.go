package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Where the service listens; LISTEN names another place.
var address = cmp.Or(os.Getenv("LISTEN"), ":8080")

type record struct {
	At   float64 `json:"at"` // seconds since the epoch
	What string  `json:"what"`
}

type service struct {
	sync.Mutex
	records []record
	health  int
}

// The log says when, too: the runtime stamps a line when it gets to it, which on a busy node is late.
func (s *service) note(what string) {
	s.Lock()
	defer s.Unlock()
	now := time.Now()
	s.records = append(s.records, record{float64(now.UnixMicro()) / 1e6, what})
	fmt.Printf("%s at %d\n", what, now.UnixMilli())
}

// Ends by itself after STOP_AFTER, as a Job does. The health is 503 for UNHEALTHY_FOR after the start (a duration; "forever" never ends), then 200, and what /set says.
func serve() {
	s := &service{health: 200}
	s.note(fmt.Sprintf("orders started as user %d", os.Getuid()))
	if wait := os.Getenv("UNHEALTHY_FOR"); wait != "" {
		s.health = 503
		if pause, err := time.ParseDuration(wait); err == nil {
			time.AfterFunc(pause, func() { s.set(200) })
		}
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		health := s.health
		s.Unlock()
		s.noteOnce(fmt.Sprintf("health answered %d", health))
		w.WriteHeader(health)
	})
	mux.HandleFunc("/with-key", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "open" || r.Host != "orders.example" {
			w.WriteHeader(403)
		}
	})
	mux.HandleFunc("/set", func(w http.ResponseWriter, r *http.Request) {
		health := 200
		fmt.Sscan(r.URL.Query().Get("health"), &health)
		s.set(health)
	})
	mux.HandleFunc("/record", func(w http.ResponseWriter, r *http.Request) { s.note(r.URL.Query().Get("what")) })
	mux.HandleFunc("/records", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		json.NewEncoder(w).Encode(s.records)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		pause, _ := time.ParseDuration(r.URL.Query().Get("for"))
		time.Sleep(pause)
		fmt.Fprintln(w, "at last")
	})
	// The app's own web root; a server that is ill answers 503 for everything.
	files := http.FileServer(http.Dir("/web"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		health := s.health
		s.Unlock()
		if health != 200 {
			w.WriteHeader(health)
			return
		}
		files.ServeHTTP(w, r)
	})

	if err := openDoors(mux); err != nil {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
	server := &http.Server{Addr: address, Handler: mux}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if wait, err := time.ParseDuration(os.Getenv("STOP_AFTER")); err == nil {
		time.AfterFunc(wait, cancel)
	}
	go func() {
		<-stop.Done()
		s.note("SIGTERM")
		server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

func (s *service) set(health int) {
	s.Lock()
	s.health = health
	s.Unlock()
	s.note(fmt.Sprintf("health set to %d", health))
}

// Notes what differs from the last note of its kind: probes come every second.
func (s *service) noteOnce(what string) {
	s.Lock()
	last := ""
	for _, r := range s.records {
		if len(r.What) > 6 && r.What[:6] == what[:6] && r.What[:10] == what[:10] {
			last = r.What
		}
	}
	s.Unlock()
	if last != what {
		s.note(what)
	}
}
