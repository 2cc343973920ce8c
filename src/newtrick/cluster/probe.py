"""Join a Ray cluster and leave it again; what is wrong goes to standard output."""

from __future__ import annotations

import logging
import sys

import ray


def main(address: str) -> int:
    """Try an address; 0 if there is a cluster that this machine can join."""
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        sys.stdout.write(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
