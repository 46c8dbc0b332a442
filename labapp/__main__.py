"""`python -m labapp`: the `labapp` command without its script."""

import sys

from labapp.cli import main

sys.exit(main())
