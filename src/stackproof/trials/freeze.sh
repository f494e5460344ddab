# Stops processes of a container (SIGSTOP), or lets them go on (SIGCONT), from the host's pid namespace. `docker pause`
# would freeze the health probe too, and stopping PID 1 alone leaves workers serving.
# Arguments: pid of the container's main process, its id, the signal, and the processes that get it, or none for the
# main process and all its descendants; execs (probes) are not among them. Prints who is stopped.
main=$1
container=$2
signal=$3
shift 3
ours() {
  case "$(cat "/proc/$1/cgroup" 2>/dev/null)" in *"$container"*) ;; *) false ;; esac
}
# Adds to `known` all that descend from those that it has.
descend() {
  pairs=$(grep -Hs '^PPid:' /proc/[0-9]*/status | sed -E 's,^/proc/([0-9]+)/status:PPid:[[:space:]]*,\1:,')
  again=1
  while [ $again = 1 ]; do
    again=0
    for pair in $pairs; do
      case "$known" in *" ${pair%:*} "*) continue ;; esac
      case "$known" in *" ${pair#*:} "*) known="$known${pair%:*} "; again=1 ;; esac
    done
  done
}
nap() { usleep 20000 2>/dev/null || sleep 0.02 2>/dev/null || sleep 1; }
# A signal that was refused froze nobody, and then no probe proves anything. Z and X are dead already; D is in the
# kernel and stops before it runs again, as one that waits for a child between vfork(2) and exec, which has stopped.
await() {
  looks=0
  while :; do
    state=Z
    while read -r key value _; do
      case $key in State:) state=$value; break ;; esac
    done 2>/dev/null < "/proc/$1/status"
    case $state in T | t | D | Z | X) break ;; esac
    looks=$((looks + 1))
    [ $looks -lt 500 ] || { echo "process $1 is not frozen: $state" >&2; exit 1; }
    nap
  done
}

ours "$main" || { echo "process $main is not in container $container" >&2; exit 1; }
roots=" "
if [ $# -gt 0 ]; then
  # One that ended meanwhile needs no signal, and its number may be somebody else's.
  for pid; do if ours "$pid"; then roots="$roots$pid "; fi; done
else
  roots=" $main "
fi
if [ "$signal" = CONT ]; then
  known=$roots
  descend
  for pid in $known; do kill -CONT "$pid" 2>/dev/null; done
  exit 0
fi
[ "$roots" != " " ] || { echo "no process is left to freeze" >&2; exit 1; }
# Of those that are named only what they start from now on: they do not run alone then.
others=" "
if [ $# -gt 0 ]; then
  known=$roots
  descend
  for pid in $known; do case "$roots" in *" $pid "*) ;; *) others="$others$pid " ;; esac; done
fi
# Whoever was not stopped yet when they were listed may have started another one.
stopped=" "
while :; do
  known=$roots
  descend
  new=
  for pid in $known; do case "$stopped$others" in *" $pid "*) ;; *) new="$new $pid" ;; esac; done
  [ -n "$new" ] || break
  for pid in $new; do kill "-$signal" "$pid" 2>/dev/null; done
  for pid in $new; do await "$pid"; done
  stopped="$stopped${new# } "
done
echo $stopped
