// Orders is the app of the cluster tests: one static binary that is the service, its own hooks (by the name it is called
// by), and what tries to break out of its trust. Its image holds nothing else.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	switch name := filepath.Base(os.Args[0]); {
	case isHook(name):
		os.Exit(hook(name))
	case name == "sh" || name == "grep":
		namesake(name)
		return
	}
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: orders serve | ok | linger | attack NAME")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "serve":
		serve()
	case "ok":
	case "linger":
		time.Sleep(time.Hour)
	case "attack":
		attack(os.Args[2])
	default:
		fmt.Fprintf(os.Stderr, "orders: %q is no command, expected serve, ok, linger or attack\n", os.Args[1])
		os.Exit(2)
	}
}
