"""The service as a process of its own, for tests that need a real one."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

MANAGE = Path(__file__).parents[1] / "manage.py"


def environment(database_url, **extra):
    """What a command of ours reads, and what it is run with."""
    return os.environ | {"DATABASE_URL": database_url, "SECRET_KEY": "k" * 40, "COLUMNS": "200"} | extra


@contextmanager
def served(database_url, *options):
    """The process and its address, as soon as it says that it serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(MANAGE), "serve", "--port", str(port), *options]
    with subprocess.Popen(command, env=environment(database_url), stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line
            yield process, found[0]
        finally:
            process.kill()
