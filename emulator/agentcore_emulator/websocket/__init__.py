"""WebSocket: sockets between clients and agents frame by frame, and shells on a pty."""
