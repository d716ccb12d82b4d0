// What a platform team would have written instead of Greenroom's webhook: net/http, crypto/tls and encoding/json, and the same patch.
// The bench holds its answers against Greenroom's before it measures anything.
package main

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

// As Greenroom's own limit.
const bodyLimitBytes = 4 << 20

func main() {
	cert := flag.String("cert", "", "certificate in PEM")
	key := flag.String("key", "", "its private key in PEM")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /mutate", mutate)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	fmt.Fprintln(os.Stderr, http.ServeTLS(listener, nil, *cert, *key))
	os.Exit(1)
}

type response struct {
	UID       string   `json:"uid"`
	Allowed   bool     `json:"allowed"`
	PatchType string   `json:"patchType,omitempty"`
	Patch     string   `json:"patch,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
}

type answer struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Response   response `json:"response"`
}

func mutate(writer http.ResponseWriter, asked *http.Request) {
	body, err := readAll(http.MaxBytesReader(writer, asked.Body, bodyLimitBytes), asked.ContentLength)
	var review review
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err != nil || review.Kind != "AdmissionReview" || review.APIVersion != "admission.k8s.io/v1" {
		http.Error(writer, "no AdmissionReview", http.StatusBadRequest)
		return
	}
	request := review.Request
	answered := response{UID: request.UID, Allowed: true}
	if request.Operation == "CREATE" && request.Kind.Kind == "Pod" {
		operations, warnings := inject(&request.Object, request.Namespace)
		answered.Warnings = warnings
		if len(operations) > 0 {
			patch, err := json.Marshal(operations)
			if err != nil {
				http.Error(writer, err.Error(), http.StatusInternalServerError)
				return
			}
			answered.PatchType, answered.Patch = "JSONPatch", base64.StdEncoding.EncodeToString(patch)
		}
	}
	text, err := json.Marshal(answer{review.APIVersion, review.Kind, answered})
	if err != nil {
		http.Error(writer, err.Error(), http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json; charset=utf-8")
	writer.Write(text)
}

// One allocation where the length is known.
func readAll(from io.Reader, length int64) ([]byte, error) {
	if length <= 0 || length > bodyLimitBytes {
		return io.ReadAll(from)
	}
	body := make([]byte, length)
	_, err := io.ReadFull(from, body)
	return body, err
}
