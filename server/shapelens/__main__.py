"""``python -m shapelens``."""

import sys

from shapelens.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
