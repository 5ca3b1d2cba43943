"""The control plane of the Runtime: one named function for each operation, over the registry of runtimes."""
