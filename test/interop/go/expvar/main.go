// Go's own expvar, a second opinion on what Node writes and reads.
//
//	expvar write        publishes what its input names, one JSON object a line, and prints what /debug/vars answers
//	expvar read URL     reads an answer as monitoring programs do, into runtime.MemStats, and prints what it found
package main

import (
	"bufio"
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
)

type variable struct {
	Name, Kind, Text string
	Value            any
	Members          []variable
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func made(v variable) expvar.Var {
	switch v.Kind {
	case "int":
		value, err := strconv.ParseInt(v.Text, 10, 64)
		check(err)
		made := new(expvar.Int)
		made.Set(value)
		return made
	case "float":
		value, err := strconv.ParseFloat(v.Text, 64)
		check(err)
		made := new(expvar.Float)
		made.Set(value)
		return made
	case "string":
		made := new(expvar.String)
		made.Set(v.Text)
		return made
	case "func":
		return expvar.Func(func() any { return v.Value })
	}
	members := new(expvar.Map).Init()
	for _, member := range v.Members {
		members.Set(member.Name, made(member))
	}
	return members
}

func write() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var v variable
		check(json.Unmarshal(lines.Bytes(), &v))
		expvar.Publish(v.Name, made(v))
	}
	answer := httptest.NewRecorder()
	expvar.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/debug/vars", nil))
	fmt.Println(answer.Header().Get("Content-Type"))
	fmt.Print(answer.Body.String())
}

// The fields that expvarmon, Metricbeat's module golang and others look at.
type vars struct {
	Cmdline  []string
	Memstats runtime.MemStats
	Jobs     int64
	Requests map[string]int64
	Node     map[string]float64
}

func read(url string) {
	answer, err := http.Get(url)
	check(err)
	defer answer.Body.Close()
	var v vars
	check(json.NewDecoder(answer.Body).Decode(&v))
	m := v.Memstats
	found := map[string]any{
		"status":   answer.StatusCode,
		"cmdline":  len(v.Cmdline),
		"jobs":     v.Jobs,
		"requests": v.Requests,
		"alloc":    m.Alloc,
		"sys":      m.Sys,
		"numGC":    m.NumGC,
		"enabled":  m.EnableGC,
		"lastGC":   strconv.FormatUint(m.LastGC, 10),
		// As expvarmon finds the newest pause.
		"pause":    m.PauseNs[(m.NumGC+255)%256],
		"pauseEnd": strconv.FormatUint(m.PauseEnd[(m.NumGC+255)%256], 10),
		"rss":      v.Node["rss"],
	}
	check(json.NewEncoder(os.Stdout).Encode(found))
}

func main() {
	if os.Args[1] == "write" {
		write()
	} else {
		read(os.Args[2])
	}
}
