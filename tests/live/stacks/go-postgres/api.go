package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"time"
)

type todo struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

type api struct {
	db *sql.DB
}

func routes(db *sql.DB) http.Handler {
	a := &api{db: db}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "ok")
	})
	mux.HandleFunc("/todos", a.todos)
	return mux
}

func (a *api) todos(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch r.Method {
	case http.MethodGet:
		a.list(ctx, w)
	case http.MethodPost:
		a.create(ctx, w, r)
	default:
		reply(w, http.StatusMethodNotAllowed, map[string]string{"error": "method not allowed"})
	}
}

func (a *api) list(ctx context.Context, w http.ResponseWriter) {
	rows, err := a.db.QueryContext(ctx, `SELECT id, title, done FROM todos ORDER BY id DESC LIMIT 100`)
	if err != nil {
		unavailable(w, err)
		return
	}
	defer rows.Close()
	items := []todo{}
	for rows.Next() {
		var t todo
		if err := rows.Scan(&t.ID, &t.Title, &t.Done); err != nil {
			unavailable(w, err)
			return
		}
		items = append(items, t)
	}
	if err := rows.Err(); err != nil {
		unavailable(w, err)
		return
	}
	reply(w, http.StatusOK, items)
}

func (a *api) create(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	var t todo
	if err := json.NewDecoder(r.Body).Decode(&t); err != nil || t.Title == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "title is required"})
		return
	}
	err := a.db.QueryRowContext(ctx, `INSERT INTO todos (title, done) VALUES ($1, $2) RETURNING id`,
		t.Title, t.Done).Scan(&t.ID)
	if err != nil {
		unavailable(w, err)
		return
	}
	reply(w, http.StatusCreated, t)
}

func unavailable(w http.ResponseWriter, err error) {
	log.Printf("database: %v", err)
	reply(w, http.StatusServiceUnavailable, map[string]string{"error": "database unavailable"})
}

func reply(w http.ResponseWriter, status int, body interface{}) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
