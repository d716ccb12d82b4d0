package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Stands in the image where a shell and grep would be, and tells that it was called: who runs the image's programs by name
// must get these. `sh serve` becomes the service.
func namesake(name string) {
	what := fmt.Sprintf("the image's %s: %s", name, strings.Join(os.Args[1:], " "))
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fmt.Println(what)
		serve()
		return
	}
	// A postStart may come before the service listens.
	for tries := 0; tries < 100 && tell(what) != nil; tries++ {
		time.Sleep(100 * time.Millisecond)
	}
}
