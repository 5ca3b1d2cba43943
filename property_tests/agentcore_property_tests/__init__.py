"""Property suites: what must hold for every stream and every session id, searched for counter-examples."""
