// Load asks front doors at a constant rate, as clients do that try nothing twice, and counts by kind what fails.
//
//	load PERIOD DOOR=HOST:PORT...
//
// Each door gets a stream of requests with a connection each, and one over connections that the client gives up 2 s after it has
// opened them; each stream sends a request every PERIOD. A line on standard input begins a phase of that name; when the last
// request of a phase has ended, a line of JSON tells of it. It ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: load PERIOD DOOR=HOST:PORT...")
		os.Exit(2)
	}
	period, err := time.ParseDuration(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
	current := &currentPhase{}
	current.begin("start")
	for _, door := range os.Args[2:] {
		name, address, _ := strings.Cut(door, "=")
		go stream{name + ", fresh", period, fresh{address}}.run(current)
		go stream{name + ", kept", period, &kept{address: address}}.run(current)
	}

	told := sync.WaitGroup{}
	output := json.NewEncoder(os.Stdout)
	tell := func(ended *phase) {
		told.Go(func() { ended.tell(output) })
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		tell(current.begin(lines.Text()))
	}
	tell(current.begin("end"))
	told.Wait()
}
