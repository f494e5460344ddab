package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	log.SetOutput(os.Stdout)
	if len(os.Args) != 2 {
		log.Fatal("usage: app edge|worker|health")
	}
	var err error
	switch os.Args[1] {
	case "edge":
		err = runEdge()
	case "worker":
		err = runWorker()
	case "health":
		err = health()
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func health() error {
	client := &http.Client{Timeout: 2 * time.Second}
	res, err := client.Get("http://127.0.0.1:" + env("PORT", "8080") + "/healthz")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func alive(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "ok")
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
