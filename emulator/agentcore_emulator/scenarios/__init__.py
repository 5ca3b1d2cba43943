"""Scenarios that come with the emulator, as files."""
