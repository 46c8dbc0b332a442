"""A service in a fresh interpreter, where forking from the guardian is not safe (macOS).

Run as `python -m labapp.lab.boot.service REPORT_FD`, with its command as JSON on stdin.
"""

import json
import os
import sys

from labapp.lab.boot.child import Report, run_role


def main() -> None:
    """Read the command, put nothing on stdin in its place, run the role."""
    command = json.loads(sys.stdin.buffer.read())
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    report = int(sys.argv[1])
    os.set_inheritable(report, False)
    code = run_role(command, Report(report))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
