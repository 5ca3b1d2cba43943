"""The integration suite: what a chat backend owes its users, judged through its HTTP API and its stores."""
