// Command app publishes variables as any Go program does, and keeps each answer in a file to be compared with what arrived.
package main

import (
	"context"
	"expvar"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

var (
	requests = expvar.NewInt("requests")
	queue    = expvar.NewFloat("queue")
	phase    = expvar.NewString("phase")
	serial   = expvar.NewInt("serial")
)

func work() {
	var keep [][]byte
	for i := 0; ; i++ {
		requests.Add(3)
		queue.Set(float64(i%100) / 8)
		if keep = append(keep, make([]byte, 64<<10)); len(keep) > 64 {
			keep = nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func main() {
	published, err := os.Create(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	phase.Set("running")
	go work()

	mux := http.NewServeMux()
	mux.HandleFunc("/debug/vars", func(w http.ResponseWriter, r *http.Request) {
		serial.Add(1)
		answer := httptest.NewRecorder()
		expvar.Handler().ServeHTTP(answer, r)
		body := answer.Body.String()
		fmt.Fprintln(published, strings.ReplaceAll(body, "\n", " "))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, body)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		<-end
		// What is being answered is answered to its end.
		server.Shutdown(context.Background())
		close(done)
	}()
	fmt.Println(listener.Addr())
	server.Serve(listener)
	<-done
}
