"""Scenarios that come with the emulator."""

from pathlib import Path

HELLO = Path(__file__).parent / "hello.toml"
