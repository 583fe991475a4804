#!/usr/bin/env python3
"""The command line of the quiz: manage.py --help tells what it can do."""

from quizsvc.cli import main

if __name__ == "__main__":
    main()
