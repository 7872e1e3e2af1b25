"""A Flowroute on your own machine, over real HTTP."""
