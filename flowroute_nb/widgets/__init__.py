"""Forms for notebooks: connect, send a text, look records up, read a month, without writing code."""

from flowroute_nb.widgets.connect import Connect
from flowroute_nb.widgets.explorer import CostExplorer
from flowroute_nb.widgets.lookup import Lookup
from flowroute_nb.widgets.search import Messages
from flowroute_nb.widgets.send import Send
from flowroute_nb.widgets.table import Table
from flowroute_nb.widgets.tabs import app

__all__ = ["Connect", "CostExplorer", "Lookup", "Messages", "Send", "Table", "app"]
