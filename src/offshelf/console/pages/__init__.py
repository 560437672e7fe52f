"""One page or command, one file."""
