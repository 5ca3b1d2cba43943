"""The contract suite: one function per requirement; each takes only the target and speaks only the AWS wire."""
