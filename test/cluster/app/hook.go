package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// What each hook does, by the name that it is called by.
var variables = map[string]string{"preStart": "PRE_START", "preOnline": "PRE_ONLINE", "verify": "VERIFY", "reload": "RELOAD", "postOffline": "POST_OFFLINE"}

func isHook(name string) bool {
	_, ok := variables[name]
	return ok
}

// Behaves as its variable says: "LINES PAUSE EXIT", such as "5 200ms 0"; with " child" at its end it leaves a
// process behind that goes on for an hour.
func hook(name string) int {
	lines, pause, exit, company := 1, "0s", 0, ""
	fmt.Sscan(os.Getenv(variables[name]), &lines, &pause, &exit, &company)
	wait, _ := time.ParseDuration(pause)

	if company == "child" {
		child := exec.Command("/app/orders", "linger")
		child.Stdout = os.Stdout
		child.Start()
	}
	tell(fmt.Sprintf("%s begins as user %d %s", name, os.Getuid(), strings.Join(os.Args[1:], " ")))
	for line := 1; line <= lines; line++ {
		fmt.Printf("line %d of %d at %d\n", line, lines, time.Now().UnixMilli())
		time.Sleep(wait)
	}
	tell(fmt.Sprintf("%s exits with %d", name, exit))
	return exit
}

func tell(what string) error {
	response, err := http.Get("http://127.0.0.1" + address + "/record?what=" + url.QueryEscape(strings.TrimSpace(what)))
	if err == nil {
		response.Body.Close()
	}
	return err
}
