# Runs in a sidecar that shares the pid and network namespaces of a container without a shell. Gives a shell
# whose files are the container's and whose tools are this image's. From the container's root /proc leads back
# here, as long as this shell keeps its own root: hence no `exec` at the end.
here=/proc/$$/root
loader=
# The official image's busybox is dynamic; the container has neither its loader nor its libraries.
for file in /lib/ld*.so.*; do
  if "$file" --verify /bin/busybox; then
    loader="$here$file --library-path $here/lib"
    break
  fi
done 2>/dev/null
if [ -z "$loader" ]; then
  echo "PATH=$here/bin"
else
  echo "PATH="
  # No name leads to such a tool, so each is a function. What the shell has built in stays faster.
  for tool in $(busybox --list); do
    case $tool in
      [!a-z]* | *[!a-z0-9_]* | echo | false | kill | printf | pwd | test | true) ;;
      *) echo "$tool() { $loader $here/bin/busybox $tool \"\$@\"; }" ;;
    esac
  done
fi > /tmp/tools
export TOOLS="$here/tmp/tools"
# Not quoted: two words, or none.
chroot /proc/1/root $loader "$here/bin/busybox" sh
