"""The one way to docker: nothing outside this package starts a docker command."""
