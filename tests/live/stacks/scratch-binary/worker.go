package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"
)

// counter hands out numbers and remembers the last one across restarts.
type counter struct {
	mu   sync.Mutex
	path string
	Last int64 `json:"last"`
}

func openCounter(path string) (*counter, error) {
	c := &counter{path: path}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	return c, json.Unmarshal(raw, c)
}

func (c *counter) next() (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Last++
	raw, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(c.path+".tmp", raw, 0o644); err != nil {
		return 0, err
	}
	return c.Last, os.Rename(c.path+".tmp", c.path)
}

func (c *counter) current() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Last
}

func runWorker() error {
	c, err := openCounter(env("STATE_FILE", "state.json"))
	if err != nil {
		return err
	}

	metrics := http.NewServeMux()
	metrics.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "# TYPE worker_jobs_total counter\nworker_jobs_total %d\n", c.current())
	})
	go func() { log.Fatal(http.ListenAndServe(env("METRICS_ADDR", ":9100"), metrics)) }()

	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", alive)
	mux.HandleFunc("/next", func(w http.ResponseWriter, r *http.Request) {
		n, err := c.next()
		if err != nil {
			log.Printf("state: %v", err)
			http.Error(w, "cannot store", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"number\": %d}\n", n)
	})
	addr := ":" + env("PORT", "9000")
	log.Printf("worker listens on %s", addr)
	return http.ListenAndServe(addr, mux)
}
