// The reader reads what lxcfs shows a container, all the time, and tells how often it was right, the node's own, or an error, and for how
// long at a time: GET /report at port 8080. What is right it is told by its environment: MEMORY_KB and CPUS.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	wanted := limits{memoryKB: number("MEMORY_KB"), cpus: number("CPUS")}
	every := time.Duration(number("EVERY_MS")) * time.Millisecond
	diaries := []*diary{}
	for _, file := range files {
		diary := &diary{path: file.path}
		diaries = append(diaries, diary)
		go read(file, wanted, every, diary)
	}
	http.HandleFunc("/health", func(response http.ResponseWriter, _ *http.Request) { response.WriteHeader(http.StatusOK) })
	http.HandleFunc("/report", func(response http.ResponseWriter, _ *http.Request) {
		reports := []report{}
		for _, diary := range diaries {
			reports = append(reports, diary.report(time.Now()))
		}
		_ = json.NewEncoder(response).Encode(reports)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		log.Fatalf("%s is %q, expected a whole number", name, os.Getenv(name))
	}
	return value
}

// What takes longer than `every` is not made up for.
func read(file file, wanted limits, every time.Duration, diary *diary) {
	for range time.Tick(every) {
		began := time.Now()
		diary.begin(began)
		text, err := os.ReadFile(file.path)
		diary.end(time.Now(), judge(file, wanted, string(text), err))
	}
}
