# The processes of containers as the engine's host sees them, with the sockets that each holds. Runs in a helper in
# the host's pid namespace, so that no image owes us anything and no exec of ours is among them.
# Arguments, in pairs: pid of a container's main process, id of the container.
while [ $# -gt 1 ]; do
  main=$1
  id=$2
  shift 2
  echo "@ $main $id"
  # Only what is in the container's cgroup: a pid may be somebody else's by now.
  for file in $(grep -ls "$id" /proc/[0-9]*/cgroup); do
    process=${file%/cgroup}
    echo "P ${process#/proc/}"
    sed -nE 's/^(Name|State|PPid|SigBlk|SigCgt):/S &/p' "$process/status" 2>/dev/null
    { echo "T $(tr '\n' ' ' < "$process/stat")"; } 2>/dev/null
    { echo "C $(tr '\0\n' '  ' < "$process/cmdline" | head -c 300)"; } 2>/dev/null
    ls -l "$process/fd" > "/tmp/held.$$" 2> "/tmp/refused.$$"
    if grep -q "ermission denied" "/tmp/refused.$$"; then echo "E $process"; fi
    sed -nE 's/.* socket:\[([0-9]+)\]$/F \1/p' "/tmp/held.$$"
  done
  for table in tcp tcp6 udp udp6 unix; do
    sed "s/^/N $table /" "/proc/$main/net/$table" 2>/dev/null
  done
done
rm -f "/tmp/held.$$" "/tmp/refused.$$"
