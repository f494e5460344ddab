# Holds (SIGSTOP) processes of a container while the engine stops it. One that is held cannot end by itself: when it
# is gone all the same, it was killed, which is what the kernel does with all others when process 1 ends
# (pid_namespaces(7)). Each is let go once it was told to end. One that nobody tells by a signal may be asked in
# another way, which it only hears when it runs: from when our time is up it runs while the main process is held, and
# is held while that runs. So whoever ends first was not ended by the other.
# Runs in a helper in the host's pid namespace; the first line of its input says that the container is being stopped.
# Arguments: id of the container, pid of its main process, patience and linger (hundredths of a second), held pids
# each as PID:CAUGHT (mask of the signals that it has a handler for).
id=$1
main=$2
patience=$3
linger=$4
shift 4
held=
for one; do
  case "$(cat "/proc/${one%:*}/cgroup")" in
    *"$id"*) held="$held$one " ;;
    *) echo "process ${one%:*} is not in container $id" >&2; exit 1 ;;
  esac
done
flag=$(mktemp -u)
stepping=
go() {
  for one in $held; do kill -CONT "${one%:*}" 2>/dev/null; done
  [ -z "$stepping" ] || kill -CONT "$main" 2>/dev/null
  rm -f "$flag"
}
trap go EXIT
trap 'exit 1' HUP INT TERM
nap() { usleep 20000 2>/dev/null || sleep 0.02 2>/dev/null || sleep 1; }
look() {
  state=gone
  pending=0
  memory=
  while read -r key value _; do
    case $key in
      State:) state=$value ;;
      VmSize:) memory=$value ;;
      SigPnd: | ShdPnd:) pending=$((pending | 0x$value)) ;;
    esac
  done 2>/dev/null < "/proc/$1/status"
}
now() {
  read -r now _ < /proc/uptime
  now=${now%.*}${now#*.}
}
# Stops processes, and waits until they are; one that has ended is as good, and one that is ending has no memory.
halt() {
  kill -STOP "$@" 2>/dev/null
  for pid; do
    looks=0
    while look "$pid" && [ -n "$memory" ] && [ "$state" != T ]; do
      looks=$((looks + 1))
      [ $looks -lt 500 ] || { echo "process $pid cannot be held: $state" >&2; exit 1; }
      nap
    done
  done
}
# Lets processes run for a moment in which the main process does not; not those that it has told meanwhile.
step() {
  stepping=yes
  halt "$main"
  look "$main"
  untold=
  [ -n "$memory" ] || set --
  for pid; do
    look "$pid"
    [ "$state" != T ] || [ $((pending & ~OTHERS)) != 0 ] || untold="$untold$pid "
  done
  # shellcheck disable=SC2086
  [ -z "$untold" ] || run $untold
  kill -CONT "$main" 2>/dev/null
}
run() {
  kill -CONT "$@" 2>/dev/null
  nap
  halt "$@"
  for pid; do
    look "$pid"
    [ -z "$memory" ] || continue  # it may be called running while it ends
    look "$main"
    # It was held, so if it is still there, this one has not ended with it.
    [ -z "$memory" ] || { echo "waited $pid"; eval "over_$pid=yes"; }
  done
}
# No word to end: KILL, ALRM, CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, VTALRM, PROF, WINCH, IO (signal(7)).
OTHERS=$((0x1e7f2100))
exec 3<&0
{ if read -r _ <&3; then : > "$flag"; else kill $$; fi; } &
for one in $held; do halt "${one%:*}"; done
echo held
told=
got=" "
while [ -n "$held" ]; do
  now
  if [ -z "$told" ] && [ -e "$flag" ]; then told=$now; fi
  rest=
  asked=
  for one in $held; do
    pid=${one%:*}
    eval "over=\${over_$pid:-}"
    [ -z "$over" ] || continue
    look "$pid"
    case $state in
      gone | Z | X)
        look "$main"
        # Its memory goes before the kernel ends the others, and a process that is killed is not waited for.
        if [ -z "$memory" ]; then echo "killed $pid"; else echo "ended $pid"; fi
        continue
        ;;
    esac
    pending=$((pending & ~OTHERS))
    if [ $pending != 0 ]; then
      case $got in
        *" $pid "*) ;;
        *)
          got="$got$pid "
          handled=$((pending & 0x${one#*:}))
          echo "told $pid $pending"
          eval "since_$pid=$now handled_$pid=$handled"
          ;;
      esac
    fi
    eval "since=\${since_$pid:-} handled=\${handled_$pid:-}"
    if [ -n "$since" ] && { [ "$handled" = 0 ] || [ $((now - since)) -ge "$linger" ]; }; then
      kill -CONT "$pid"
      echo "freed $pid"
    else
      rest="$rest$one "
      [ -n "$since" ] || [ -z "$told" ] || [ $((now - told)) -lt "$patience" ] || asked="$asked$pid "
    fi
  done
  held=$rest
  # shellcheck disable=SC2086
  [ -z "$asked" ] || step $asked
  nap
done
:
