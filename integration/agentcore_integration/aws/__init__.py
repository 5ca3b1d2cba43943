"""The offline AWS around a backend: moto as a child process, and what a backend expects to find in it."""
