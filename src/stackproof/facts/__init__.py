"""What is true inside a running container."""
