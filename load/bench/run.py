"""Runs every bench_*.py beside it, one after another: `python load/bench/run.py --out bench.json`."""

import subprocess
import sys
from pathlib import Path

from measured import out_option


def main() -> int:
    """The exit code is that of the first script that failed, else 0."""
    out = out_option(__doc__)
    for script in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"{script.name} ...", flush=True)
        done = subprocess.run([sys.executable, str(script), "--out", str(out)], check=False)
        if done.returncode != 0:
            return done.returncode
    print(f"written: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
