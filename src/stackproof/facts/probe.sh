# All facts of a container at once. Shell builtins are enough: no image owes us ps or ss. Where there are
# cat and head, they read many files in one process, however many processes there are.
# $1 begins our own lines (`MARK NAME ARGUMENT`); everything else is copied from /proc as it is.
# $2: `own` when the pid namespace is the container's, `shared` when others have processes in it too,
# `beside` when we run in a sidecar that entered the container's root.
# $3: `brief` for what changes as it runs alone, its processes and sockets: one of many looks.
section() { printf '\n%s %s\n' "$mark" "$*"; }
plain() {
  for file; do
    if [ -r "$file" ]; then
      while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done < "$file"
    fi
  done
}
if command -v cat >/dev/null 2>&1; then
  copy() { cat "$@"; }
else
  copy() { plain "$@"; }
fi
mark=$1
where=$2
extent=$3
# `$$` is this shell; whatever an exec started is not the service.
section probe $$
section status
{ copy /proc/[0-9]*/status; } 2>/dev/null
section commands
# An argument may be a whole script, so not all of it. A shell would drop the NULs between the words.
if [ "$extent" = brief ]; then
  :
elif head -c 1 /dev/null >/dev/null 2>&1; then
  head -c 1024 /proc/[0-9]*/cmdline 2>/dev/null
else
  for file in /proc/[0-9]*/cmdline; do
    printf '\n==> %s <==\n' "$file"
    { copy "$file"; } 2>/dev/null
  done
fi
if [ "$where" = shared ]; then
  section stat
  { copy /proc/[0-9]*/stat; } 2>/dev/null
  for process in /proc/[0-9]*; do
    section cgroup "${process#/proc/}"
    { plain "$process/cgroup"; } 2>/dev/null
  done
fi
for table in tcp tcp6 udp udp6; do
  section net "$table"
  { copy "/proc/net/$table"; } 2>/dev/null
done
if [ "$extent" = brief ]; then
  section end
  exit
fi
section mounts
if [ "$where" = beside ]; then copy /proc/1/mountinfo; else copy /proc/self/mountinfo; fi
section passwd
if [ -r /etc/passwd ]; then copy /etc/passwd; fi
for limit in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max \
  cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu.max; do
  if [ -r "/sys/fs/cgroup/$limit" ]; then
    section limit "$limit"
    copy "/sys/fs/cgroup/$limit"
  fi
done
section end
