"""How many labels slipped, and which ones, by a model's probabilities of rows that it did not see.

The picture: a text has the label that it ought to have, but for a share of rows, the rate, whose
label slipped to one of the others. A model is wrong on these and on texts that are too hard for it;
what tells the two apart is another thing for a count of words than for an encoder.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from newtrick.evaluation.arrays import Ids
from newtrick.evaluation.intervals import wilson_interval

Shares = npt.NDArray[np.float64]

_LEAST_SHARE = 1e-7
_LOG_SHARPNESS = (-3.0, 3.0)
_OFFSETS = (-3.0, 3.0)
_LOG_ODDS_OF_RATE = (-9.0, -0.4)
_MOST_SLIPS = 0.4
_SUREST = 0.1
_FEWEST_ERRORS = 5
_LEAST_RATE = 0.01
_CLEAR_GAIN = 25.0
_LEAST_RATE_BY_GAIN = 0.005
_FEW_ERRORS = 0.2


@dataclass(frozen=True)
class Slips:
    """What was found.

    Attributes:
        rate: The share of labels that slipped.
        clear: Whether some did beyond doubt; a rate that is not clear says nothing.
        chances: That the label of each row slipped; shape (rows,).
    """

    rate: float
    clear: bool
    chances: Shares


SlipFinder = Callable[[Shares, Ids], Slips]
"""From probabilities, shape (rows, classes), and labels, shape (rows,)."""


def slips_by_words(shares: Shares, labels: Ids) -> Slips:
    """Fit the rate, and how sharp a word count's probabilities should be, by maximum likelihood.

    A model that adds up words cannot learn that nothing is ever quite sure: the surer it is of a
    text, the fewer errors it can account for, and those that are there speak for the rate. This is
    the regression for contaminated data of Copas (1988), for any number of classes.

    The rate is clear if it shows in the surest answers, or if it is one in 200 or more, the model a
    good one, and twice the gain in log-likelihood over a rate of zero above 25. Chance alone would
    pass 11 once in a thousand times; sound but hard texts have come to 24.

    Args:
        shares: Probabilities of the classes, out of fold; shape (rows, classes).
        labels: Shape (rows,).
    """
    others = shares.shape[1] - 1

    def loss(log_sharpness: float, rate: float) -> float:
        own = _own_shares(shares, labels, log_sharpness)
        return -float(np.log(_seen(own, rate, others)).sum())

    sound = minimize(lambda at: loss(at[0], 0.0), [0.0], bounds=[_LOG_SHARPNESS])
    slipped = minimize(
        lambda at: loss(at[0], expit(at[1])),
        [sound.x[0], -4.0],
        bounds=[_LOG_SHARPNESS, _LOG_ODDS_OF_RATE],
    )
    rate = float(expit(slipped.x[1]))
    own = _own_shares(shares, labels, slipped.x[0])
    surest = _look_at_surest(shares, labels)
    gain = 2 * (sound.fun - slipped.fun)
    fits = gain > _CLEAR_GAIN and rate > _LEAST_RATE_BY_GAIN and surest.all_errors < _FEW_ERRORS
    return Slips(rate, clear=bool(surest.clear or fits), chances=_chances(own, rate, others))


def slips_by_encoder(shares: Shares, labels: Ids) -> Slips:
    """Read the rate off the answers of which an encoder is surest.

    An encoder learns from slipped labels that nothing is ever quite sure, so its probabilities hold
    the rate already, and no fit finds it.

    Args:
        shares: Probabilities of the classes for rows that did not train it; shape (rows, classes).
        labels: Shape (rows,).
    """
    others = shares.shape[1] - 1
    shares = _calibrated(shares, labels)
    surest = _look_at_surest(shares, labels)
    rate = min(surest.errors, _MOST_SLIPS)
    seen = shares[np.arange(len(labels)), labels]
    own = np.clip((seen - rate / others) / (1 - rate - rate / others), 0, 1)
    return Slips(rate, clear=surest.clear, chances=_chances(own, rate, others))


@dataclass(frozen=True)
class _Surest:
    """The surest answers of a model: the share of errors there, and over all."""

    errors: float
    all_errors: float
    clear: bool


def _look_at_surest(shares: Shares, labels: Ids) -> _Surest:
    """Whether the surest tenth of the answers for each class is too often wrong.

    Where a model is surest, it is all but never wrong about sound labels, however often it is
    elsewhere. What normally distributed log-odds leave there is 10 times the fourth power of the
    share of all errors, or less. The lower end of the interval has to be above that, and above one
    in a hundred.
    """
    answers = shares.argmax(axis=1)
    wrong = answers != labels
    order = np.argsort(-shares.max(axis=1), kind="stable")
    by_class = [order[answers[order] == answer] for answer in np.unique(answers)]
    surest = np.concatenate([rows[: math.ceil(_SUREST * len(rows))] for rows in by_class])
    errors, all_errors = int(wrong[surest].sum()), float(wrong.mean())
    least, _ = wilson_interval(errors, len(surest))
    clear = errors >= _FEWEST_ERRORS and least > max(_LEAST_RATE, 10 * all_errors**4)
    return _Surest(errors / len(surest), all_errors, clear)


def _calibrated(shares: Shares, labels: Ids) -> Shares:
    """Probabilities with the temperature and the offset for each class that fit the labels best."""
    logs = np.log(np.maximum(shares, _LEAST_SHARE))
    ones = np.eye(shares.shape[1])[labels]

    def scaled(at: Shares) -> Shares:
        logits: Shares = log_softmax(np.exp(at[0]) * logs + at[1:], axis=1)
        return logits

    def loss(at: Shares) -> tuple[float, Shares]:
        logits = scaled(at)
        errors = np.exp(logits) - ones
        slope = np.exp(at[0]) * (errors * logs).sum()
        return -float((logits * ones).sum()), np.append(slope, errors.sum(axis=0))

    bounds = [_LOG_SHARPNESS, *[_OFFSETS] * shares.shape[1]]
    best = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds)
    return np.exp(scaled(best.x))


def _own_shares(shares: Shares, labels: Ids, log_sharpness: float) -> Shares:
    """The probability of each row's own label, sharpened; shape (rows,)."""
    logs = np.exp(log_sharpness) * np.log(np.maximum(shares, _LEAST_SHARE))
    own: Shares = np.exp(log_softmax(logs, axis=1)[np.arange(len(labels)), labels])
    return own


def _seen(own: Shares, rate: float, others: int) -> Shares:
    """The probability of a label as it stands: it ought to, or slipped there from another one.

    Args:
        own: The probability that each label is the one that its text ought to have.
        rate: The share of labels that slipped.
        others: To how many labels each can slip, all of them equally often.
    """
    return np.maximum((1 - rate) * own + rate / others * (1 - own), _LEAST_SHARE)


def _chances(own: Shares, rate: float, others: int) -> Shares:
    """The chance that each label slipped, by Bayes' rule; the arguments are those of `_seen`."""
    return rate / others * (1 - own) / _seen(own, rate, others)
