"""Load: concurrent streaming users against a backend, a raw history of what they observed, and a judge of it."""
