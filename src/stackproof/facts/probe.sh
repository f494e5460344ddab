# All facts of a container in one exec. Shell builtins only: no image owes us ps or ss.
# Sections are framed by a line `@@ NAME ARGUMENT`; everything else is copied from /proc as it is.
copy() {
  if [ -r "$1" ]; then
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done < "$1"
  fi
}
# A shell drops the NULs between the words of a command line; cat keeps them, where there is one.
words() {
  if command -v cat >/dev/null; then cat "$1"; else copy "$1"; fi
}
# `$$` is this shell; whatever an exec started is not the service.
printf '@@ probe %s\n' "$$"
for process in /proc/[0-9]*; do
  printf '@@ process %s\n' "${process#/proc/}"
  { copy "$process/status"; } 2>/dev/null
  printf '@@ command %s\n' "${process#/proc/}"
  { words "$process/cmdline"; } 2>/dev/null
  printf '\n'
done
for table in tcp tcp6 udp udp6; do
  printf '@@ net %s\n' "$table"
  copy "/proc/net/$table"
done
printf '@@ mounts -\n'
copy /proc/self/mountinfo
printf '@@ passwd -\n'
copy /etc/passwd
printf '@@ uid_map -\n'
copy /proc/1/uid_map
for limit in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max cpu/cpu.cfs_quota_us cpu.max; do
  if [ -r "/sys/fs/cgroup/$limit" ]; then
    printf '@@ limit %s\n' "$limit"
    copy "/sys/fs/cgroup/$limit"
  fi
done
printf '@@ end -\n'
