module example.com/edge-worker

go 1.19
