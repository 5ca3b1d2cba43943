"""An agent that does not load."""

raise RuntimeError("this agent cannot be imported")
