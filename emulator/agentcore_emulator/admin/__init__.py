"""The emulator's own surface under `/_emulator/`: health, runtimes, journal, reset, clock."""
