# Holds (SIGSTOP) processes of a container while the engine stops it. One that is held cannot end by itself: when it
# is gone all the same, it was killed, which is what the kernel does with all others when process 1 ends
# (pid_namespaces(7)). Each is let go once it was told to end; one that nobody tells, when our time is up.
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
go() { for one in $held; do kill -CONT "${one%:*}" 2>/dev/null; done; }
trap go EXIT
trap 'exit 1' HUP INT TERM
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
# No word to end: KILL, ALRM, CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, VTALRM, PROF, WINCH, IO (signal(7)).
OTHERS=$((0x1e7f2100))
exec 3<&0
{ read -r _ <&3; : > /tmp/told; } &
for one in $held; do kill -STOP "${one%:*}"; done
for one in $held; do
  looks=0
  while look "${one%:*}" && [ "$state" != T ]; do
    looks=$((looks + 1))
    [ $looks -lt 500 ] || { echo "process ${one%:*} cannot be held: $state" >&2; exit 1; }
    usleep 20000 2>/dev/null || sleep 1
  done
done
echo held
told=
got=" "
while [ -n "$held" ]; do
  now
  if [ -z "$told" ] && [ -e /tmp/told ]; then told=$now; fi
  rest=
  for one in $held; do
    pid=${one%:*}
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
    elif [ -n "$told" ] && [ -z "$since" ] && [ $((now - told)) -ge "$patience" ]; then
      kill -CONT "$pid"
      echo "freed $pid"
    else
      rest="$rest$one "
    fi
  done
  held=$rest
  usleep 20000 2>/dev/null || sleep 1
done
:
