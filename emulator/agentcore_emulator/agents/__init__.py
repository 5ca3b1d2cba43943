"""What answers behind a runtime: scripts, and real agents in processes of their own."""
