"""Run all checks of the built site one after the other, also when one fails, and add up their last lines.

Usage: python tools/all_checks.py [FOLDER] [--only TEXT]     (default: _build/html)

The last line is "N passed, N failed". A check that ends without such a line, though it has failed, counts as one failure.
"""

import re
import subprocess
import sys
from pathlib import Path

CHECKS = ("site_check.py", "settings_check.py", "print_check.py", "slides_check.py", "other_browsers.py")
LAST = re.compile(r"(\d+) passed, (\d+) failed")


def run(command):
    """Run a command, print what it says, and return how many of its checks passed and failed."""
    last = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as program:
        for line in program.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    passed, failed = map(int, found.groups()) if (found := LAST.fullmatch(last or "")) else (0, 0)
    return passed, max(failed, int(program.returncode != 0))


def main():
    """Check and count."""
    here = Path(__file__).resolve().parent
    counts = []
    for check in CHECKS:
        print(f"== {check}", flush=True)
        counts.append(run([sys.executable, "-u", here / check, *sys.argv[1:]]))
    passed, failed = map(sum, zip(*counts, strict=True))
    print(f"== all\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
