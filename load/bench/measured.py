"""Named measurements: several rounds become minimum, median and maximum, merged into one JSON file."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median


def spread(rounds: Sequence[float]) -> dict[str, float]:
    """The least, the middle and the greatest of some rounds."""
    return {"min": round(min(rounds), 4), "median": round(median(rounds), 4), "max": round(max(rounds), 4)}


def merge(path: Path, measured: Mapping[str, Mapping[str, float]]) -> None:
    """Put the measurements into the file, beside those that are there under other names."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, **measured}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def out_option(description: str | None) -> Path:
    """The `--out` that every measuring script takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True, help="JSON file that the measurements are merged into")
    path: Path = parser.parse_args().out
    return path
