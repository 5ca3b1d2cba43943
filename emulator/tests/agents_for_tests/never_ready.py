"""An agent that never gets ready: loading it does not end."""

import threading

print("loading for ever")
threading.Event().wait()
