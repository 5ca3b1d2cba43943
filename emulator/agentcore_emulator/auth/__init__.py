"""Authorization: who may call a runtime, by signature (SigV4) or by token (JWT)."""
