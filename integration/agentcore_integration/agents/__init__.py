"""The agents of the reference profile: one live program, one script. Started by the emulator, never imported here."""
