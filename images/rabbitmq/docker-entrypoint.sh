#!/usr/bin/env bash
# As in the official image: drops root for the rabbitmq programs, and refuses the variables that RabbitMQ 3.9 gave up. The
# server itself reads RABBITMQ_DEFAULT_USER, _PASS and _VHOST.
set -euo pipefail
if [[ $1 == rabbitmq* && $(id -u) == 0 ]]; then
  if [[ $1 == rabbitmq-server ]]; then find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +; fi
  exec gosu rabbitmq "${BASH_SOURCE[0]}" "$@"
fi
ssl='(MANAGEMENT_)?SSL_(CACERTFILE|CERTFILE|DEPTH|FAIL_IF_NO_PEER_CERT|KEYFILE|VERIFY)'
refused=$(compgen -e | grep -xE "RABBITMQ_(DEFAULT_(PASS|USER)_FILE|VM_MEMORY_HIGH_WATERMARK|$ssl)") || true
if [[ $refused ]]; then
  # shellcheck disable=SC2086 # one line each
  printf 'error: %s is set but deprecated\n' $refused >&2
  printf 'error: deprecated environment variables detected; please use a configuration file instead\n' >&2
  exit 1
fi
if [[ -z ${RABBITMQ_USE_LONGNAME:-} && $(hostname) != "$(hostname -s)" ]]; then export RABBITMQ_USE_LONGNAME=true; fi
# So told, rabbitmq-server is replaced by the Erlang machine, which then gets the container's signals.
export RUNNING_UNDER_SYSTEMD=true
exec "$@"
