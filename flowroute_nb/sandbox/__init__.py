"""A Flowroute on your own machine, over real HTTP."""

from flowroute_nb.sandbox.house import Sandbox

__all__ = ["Sandbox"]
