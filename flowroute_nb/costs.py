"""What was spent, on what: the door to everything about costs."""

from flowroute_nb.agreeing import reconcile
from flowroute_nb.auditing import Audit, audit
from flowroute_nb.change import compare
from flowroute_nb.oddity import anomalies
from flowroute_nb.outlook import Forecast, forecast
from flowroute_nb.rating import rates
from flowroute_nb.summary import by, top, total
from flowroute_nb.tags import tag

__all__ = [
    "Audit",
    "Forecast",
    "anomalies",
    "audit",
    "by",
    "compare",
    "forecast",
    "rates",
    "reconcile",
    "tag",
    "top",
    "total",
]
