// The load of the bench, a process of its own: reviews over connections that are kept, to one server. It writes and reads whole
// requests and answers of HTTP/1.1 by itself, so that it takes less than any server that it measures.
//
// load -ca FILE -port N -bodies FILE,FILE -path /mutate -connections N -requests N [-rate N]
//
//	-uid WORD -volume WORD -template WORD [-fresh]
//
// No two are alike, as those of an API server: each has its own uid and its own name of the token's volume; with -fresh, a pod template
// of its own too.
//
// Without a rate each connection asks again as soon as it is answered; with one, reviews are due at even times, and the time of an
// answer counts from when it was due. Prints a line of JSON.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type options struct {
	port, path, ca        string
	connections, requests int
	rate                  float64
	fresh                 bool
	// What the bodies have where another review would have something else.
	uid, volume, template string
	bodies                [][]byte
}

// Some of those that Kubernetes draws names of.
const letters = "bcdfghjklm"

// A request of a connection's own, and where in it the number of the review is written: where each of those words ends.
type request struct {
	bytes                    []byte
	uids, volumes, templates []int
}

type result struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50Ms"`
	P99      float64 `json:"p99Ms"`
	Max      float64 `json:"maxMs"`
}

func main() {
	options := parse()
	connections := make([]*connection, options.connections)
	for index := range connections {
		connections[index] = connect(options)
	}
	took := make([]time.Duration, options.requests)
	var next atomic.Int64
	var group sync.WaitGroup
	begin := time.Now()
	for _, connection := range connections {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				number := int(next.Add(1)) - 1
				if number >= options.requests {
					return
				}
				due := time.Now()
				if options.rate > 0 {
					due = begin.Add(time.Duration(float64(number) / options.rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				request := &connection.requests[number%len(connection.requests)]
				request.number(number, options.fresh)
				connection.ask(request.bytes)
				took[number] = time.Since(due)
			}
		}()
	}
	group.Wait()
	seconds := time.Since(begin).Seconds()
	sort.Slice(took, func(a, b int) bool { return took[a] < took[b] })
	at := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000
	}
	json.NewEncoder(os.Stdout).Encode(result{options.requests, seconds, at(0.5), at(0.99), at(1)})
}

func parse() options {
	var options options
	var files string
	flag.StringVar(&options.ca, "ca", "", "")
	flag.StringVar(&options.port, "port", "", "")
	flag.StringVar(&options.path, "path", "/mutate", "")
	flag.StringVar(&files, "bodies", "", "")
	flag.IntVar(&options.connections, "connections", 4, "")
	flag.IntVar(&options.requests, "requests", 0, "")
	flag.Float64Var(&options.rate, "rate", 0, "")
	flag.BoolVar(&options.fresh, "fresh", false, "")
	flag.StringVar(&options.uid, "uid", "", "")
	flag.StringVar(&options.volume, "volume", "", "")
	flag.StringVar(&options.template, "template", "", "")
	flag.Parse()
	for _, file := range strings.Split(files, ",") {
		body, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		head := fmt.Sprintf("POST %s?timeout=5s HTTP/1.1\r\nHost: localhost:%s\r\nUser-Agent: kube-apiserver-admission\r\n"+
			"Content-Length: %d\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n",
			options.path, options.port, len(body))
		options.bodies = append(options.bodies, append([]byte(head), body...))
	}
	return options
}

// Digits over the last characters of each, so that it stays as long as it was.
func (request *request) number(number int, fresh bool) {
	request.write(request.uids, fmt.Sprintf("%012d", number))
	suffix := []byte(fmt.Sprintf("%05d", number%100_000))
	for index, digit := range suffix {
		suffix[index] = letters[digit-'0']
	}
	request.write(request.volumes, string(suffix))
	if fresh {
		request.write(request.templates, fmt.Sprintf("%010d", number))
	}
}

func (request *request) write(ends []int, text string) {
	for _, end := range ends {
		copy(request.bytes[end-len(text):end], text)
	}
}

func requestOf(body []byte, options options) request {
	bytes := append([]byte(nil), body...)
	return request{bytes, ends(bytes, options.uid), ends(bytes, options.volume), ends(bytes, options.template)}
}

// A word that is nowhere would make all reviews alike, and what is measured another thing.
func ends(text []byte, word string) []int {
	var found []int
	for at := 0; ; {
		next := bytes.Index(text[at:], []byte(word))
		if next == -1 && found == nil || word == "" {
			log.Fatalf("no %q in a body", word)
		}
		if next == -1 {
			return found
		}
		at += next + len(word)
		found = append(found, at)
	}
}

type connection struct {
	*tls.Conn
	reader   *bufio.Reader
	requests []request
}

func connect(options options) *connection {
	pem, err := os.ReadFile(options.ca)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	conn, err := tls.Dial("tcp", "127.0.0.1:"+options.port, &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err != nil {
		log.Fatal(err)
	}
	requests := make([]request, len(options.bodies))
	for index, body := range options.bodies {
		requests[index] = requestOf(body, options)
	}
	return &connection{conn, bufio.NewReaderSize(conn, 64<<10), requests}
}

// Anything but a whole answer with 200 ends the load.
func (connection *connection) ask(request []byte) {
	if _, err := connection.Write(request); err != nil {
		log.Fatal(err)
	}
	status := connection.line()
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		log.Fatalf("answered %q", status)
	}
	length, isChunked := 0, false
	for {
		line := connection.line()
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch strings.ToLower(string(name)) {
		case "content-length":
			length = number(string(bytes.TrimSpace(value)), 10)
		case "transfer-encoding":
			isChunked = true
		}
	}
	if !isChunked {
		connection.skip(length)
		return
	}
	for {
		size := number(string(connection.line()), 16)
		connection.skip(size)
		connection.line()
		if size == 0 {
			return
		}
	}
}

func (connection *connection) line() []byte {
	line, err := connection.reader.ReadSlice('\n')
	if err != nil {
		log.Fatal(err)
	}
	return bytes.TrimRight(line, "\r\n")
}

func (connection *connection) skip(length int) {
	if _, err := io.CopyN(io.Discard, connection.reader, int64(length)); err != nil {
		log.Fatal(err)
	}
}

func number(text string, base int) int {
	value, err := strconv.ParseInt(text, base, 64)
	if err != nil {
		log.Fatal(err)
	}
	return int(value)
}
