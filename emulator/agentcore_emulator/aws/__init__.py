"""The AWS surface: raw paths, service errors, and one handler for each operation."""
