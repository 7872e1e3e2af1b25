"""``python -m flowroute_nb`` is the command line."""

from flowroute_nb.cli import run

run()
