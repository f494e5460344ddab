"""Questions to a sandbox from outside: HTTP, and who answers on a port."""
