"""`python -m agentcore_emulator` is `agentcore-emulator`."""

from agentcore_emulator.cli import main

main()
