package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"os"
	"time"
)

// The same service at other doors, where variables name them: HTTPS_LISTEN with a certificate that nobody trusts,
// GRPC_LISTEN for gRPC's health service (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
func openDoors(mux *http.ServeMux) error {
	if address := os.Getenv("HTTPS_LISTEN"); address != "" {
		certificate, err := ownCertificate()
		if err != nil {
			return err
		}
		server := &http.Server{Addr: address, Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
		go server.ListenAndServeTLS("", "")
	}
	if address := os.Getenv("GRPC_LISTEN"); address != "" {
		server := &http.Server{Addr: address, Handler: http.HandlerFunc(answerGrpcHealth), Protocols: new(http.Protocols)}
		server.Protocols.SetUnencryptedHTTP2(true)
		go server.ListenAndServe()
	}
	return nil
}

func ownCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// One message, uncompressed, of two bytes: the field `status` is SERVING.
func answerGrpcHealth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	w.Write([]byte{0, 0, 0, 0, 2, 8, 1})
	w.Header().Set("Grpc-Status", "0")
}
