"""The harness around a backend: offline AWS, processes, integration suites, the gate and the command line."""
