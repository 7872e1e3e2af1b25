"""What days to come will cost if weekdays stay as they are and the level goes on wandering as it did."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Likely", "likely", "quantile"]

#: How far the level may wander from day to day, to the noise of a day: their variances.
_WANDERING = (0.0, 0.001, 0.003, 0.01, 0.03)
#: Before any day was seen a day is thought to differ by 30 % from what it should be, and that is worth three days seen:
#: a short past has seldom seen what is rare.
_DOUBT, _WORTH = 0.3, 3
_LEAST = 0.2  # of a day's mean: a weekday on which nothing was so far is not certain to stay so
_WEEK = 7


class Likely(NamedTuple):
    """What the unknown days are likely to cost, how they vary together, and how many days' worth that is known from."""

    mean: Floats
    covariance: Floats
    freedom: int


class _Days(NamedTuple):
    """The days seen and the unknown ones: which are which, their weekdays as columns, their noise and shared walks."""

    old: slice
    new: slice
    weekdays: Floats
    noise: Floats
    shared: Floats
    part: Floats


def likely(seen: Floats, at: NDArray[np.int64], unknown: NDArray[np.int64], part: Floats) -> Likely:
    """Estimate unknown days, or parts of days, from those seen.

    The model is a local level: a random walk, an effect for each weekday, and noise whose variance grows with what a
    weekday costs, as that of counts does. It is estimated by generalized least squares for some ways of wandering, each
    of which counts as much as it makes the days seen likely (restricted likelihood). All that is not known, of level,
    weekdays, wandering and noise, is in the covariance, so that it holds for short pasts too.

    Parameters
    ----------
    seen : array of float
        What each whole day cost.
    at, unknown : array of int
        Numbers of the days seen and of the unknown ones; days that are seven apart are the same weekday.
    part : array of float
        How much of each unknown day is unknown, 1 being all of it.

    """
    unit = float(seen.mean())
    if unit <= 0:
        nothing = np.zeros(len(unknown))
        return Likely(nothing, np.diag(nothing), len(seen) - _WEEK + _WORTH)
    seen, numbers = seen / unit, np.concatenate([at, unknown])
    usual = np.array([seen[at % _WEEK == day].mean() for day in range(_WEEK)])
    days = _Days(
        slice(len(at)),
        slice(len(at), None),
        np.eye(_WEEK)[numbers % _WEEK],
        np.maximum(usual, _LEAST)[numbers % _WEEK] / np.maximum(usual, _LEAST).mean(),
        np.minimum.outer(numbers, numbers) - numbers.min(),
        part,
    )
    fits = [_fit(seen, days, wandering) for wandering in _WANDERING]
    chance = np.exp([one - max(each for each, _ in fits) for one, _ in fits])
    chance /= chance.sum()
    mean = sum(weight * fit.mean for weight, (_, fit) in zip(chance, fits, strict=True))
    within = sum(weight * fit.covariance for weight, (_, fit) in zip(chance, fits, strict=True))
    between = np.cov(np.array([fit.mean for _, fit in fits]).T, aweights=chance, ddof=0).reshape(within.shape)
    return Likely(mean * unit, (within + between) * unit**2, fits[0][1].freedom)


def _fit(seen: Floats, days: _Days, wandering: float) -> tuple[float, Likely]:
    """Fit one way of wandering, and say how likely it makes the days seen."""
    old, new, weekdays = days.old, days.new, days.weekdays
    walked = wandering * days.shared
    sigma = walked[old, old] + np.diag(days.noise[old])
    fit = _least_squares()(seen, weekdays[old], sigma=sigma).fit()
    freedom = len(seen) - _WEEK + _WORTH
    noise = (fit.ssr + _WORTH * _DOUBT**2) / freedom
    size = np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(fit.normalized_cov_params)[1]
    tied = np.linalg.solve(sigma, walked[old, new]).T  # what the days seen say of the level later on
    apart = weekdays[new] - tied @ weekdays[old]
    mean = apart @ fit.params + tied @ seen
    level = walked[new, new] - tied @ walked[old, new] + apart @ fit.normalized_cov_params @ apart.T
    covariance = noise * (level * np.outer(days.part, days.part) + np.diag(days.noise[new] * days.part))
    return -0.5 * float(size + freedom * np.log(noise)), Likely(mean * days.part, covariance, freedom)


def quantile(interval: float, freedom: int) -> float:
    """Say how many standard deviations to either side hold so much of Student's t distribution."""
    return float(import_module("scipy.stats").t.ppf((1 + interval) / 2, freedom))


def _least_squares() -> Any:  # noqa: ANN401  a class without types
    """Open the library; it takes a second, so only here."""
    try:
        return import_module("statsmodels.regression.linear_model").GLS
    except ModuleNotFoundError:
        raise InputError(
            "A forecast needs statsmodels, which is not installed. Say: pip install 'flowroute-nb[forecast]'"
        ) from None
