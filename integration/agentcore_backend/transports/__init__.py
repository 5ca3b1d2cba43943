"""The ways a question goes to an agent and its answer comes back: one module each, one interface for all."""
