# Stand-ins for official images, built by scripts/images.sh in this folder. A target is named after its image, with
# dashes for colons, dots and slashes.

variable "HTTP_PROXY" { default = "" }
variable "HTTPS_PROXY" { default = "" }
variable "NO_PROXY" { default = "" }

target "_stand-in" {
  context = "."
  # Both spellings: apt reads the small one only, other programs the capital one.
  args = {
    HTTP_PROXY  = HTTP_PROXY
    HTTPS_PROXY = HTTPS_PROXY
    NO_PROXY    = NO_PROXY
    http_proxy  = HTTP_PROXY
    https_proxy = HTTPS_PROXY
    no_proxy    = NO_PROXY
  }
}

# What the alpine stand-ins are built on. It has a name of its own: an official alpine that is local stays untouched.
target "_alpine" {
  inherits   = ["_stand-in"]
  dockerfile = "alpine/Dockerfile"
  tags       = ["stackproof/alpine:3.18"]
}

target "alpine-3-18" {
  inherits = ["_alpine"]
  tags     = ["alpine:3.18"]
}

target "busybox-1-36" {
  inherits   = ["_stand-in"]
  dockerfile = "busybox/Dockerfile"
  tags       = ["busybox:1.36"]
}

target "debian-bookworm-slim" {
  inherits   = ["_stand-in"]
  dockerfile = "debian/Dockerfile"
  tags       = ["debian:bookworm-slim"]
}

target "golang-1-19" {
  inherits   = ["_stand-in"]
  dockerfile = "golang/Dockerfile"
  tags       = ["golang:1.19"]
}

target "haproxy-2-6" {
  inherits   = ["_stand-in"]
  dockerfile = "haproxy/Dockerfile"
  tags       = ["haproxy:2.6"]
}

target "mariadb-10-11" {
  inherits   = ["_stand-in"]
  dockerfile = "mariadb/Dockerfile"
  tags       = ["mariadb:10.11"]
}

target "nginx-alpine" {
  inherits   = ["_stand-in"]
  dockerfile = "nginx/Dockerfile"
  contexts   = { alpine = "target:_alpine" }
  tags       = ["nginx:alpine"]
}

target "node-18-alpine" {
  inherits   = ["_stand-in"]
  dockerfile = "node/Dockerfile"
  contexts   = { alpine = "target:_alpine" }
  tags       = ["node:18-alpine"]
}

target "postgres-15" {
  inherits   = ["_stand-in"]
  dockerfile = "postgres/Dockerfile"
  target     = "debian"
  tags       = ["postgres:15"]
}

target "postgres-15-alpine" {
  inherits   = ["_stand-in"]
  dockerfile = "postgres/Dockerfile"
  target     = "alpine"
  contexts   = { alpine-userland = "target:_alpine" }
  tags       = ["postgres:15-alpine"]
}

target "prom-alertmanager-v0-25-0" {
  inherits   = ["_stand-in"]
  dockerfile = "alertmanager/Dockerfile"
  contexts   = { alpine = "target:_alpine" }
  tags       = ["prom/alertmanager:v0.25.0"]
}

target "prom-prometheus-v2-42-0" {
  inherits   = ["_stand-in"]
  dockerfile = "prometheus/Dockerfile"
  contexts   = { alpine = "target:_alpine" }
  tags       = ["prom/prometheus:v2.42.0"]
}

target "python-3-11-slim" {
  inherits   = ["_stand-in"]
  dockerfile = "python/Dockerfile"
  tags       = ["python:3.11-slim"]
}

target "rabbitmq-3-management" {
  inherits   = ["_stand-in"]
  dockerfile = "rabbitmq/Dockerfile"
  tags       = ["rabbitmq:3-management"]
}

target "redis-7" {
  inherits   = ["_stand-in"]
  dockerfile = "redis/Dockerfile"
  target     = "debian"
  tags       = ["redis:7"]
}

target "redis-7-alpine" {
  inherits   = ["_stand-in"]
  dockerfile = "redis/Dockerfile"
  target     = "alpine"
  contexts   = { alpine-userland = "target:_alpine" }
  tags       = ["redis:7-alpine"]
}

target "ubuntu-24-04" {
  inherits   = ["_stand-in"]
  dockerfile = "ubuntu/Dockerfile"
  tags       = ["ubuntu:24.04"]
}

target "wordpress-6-apache" {
  inherits   = ["_stand-in"]
  dockerfile = "wordpress/Dockerfile"
  tags       = ["wordpress:6-apache"]
}
