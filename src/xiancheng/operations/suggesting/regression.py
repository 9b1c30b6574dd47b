"""Multinomial logistic regression on a sparse matrix, and the temperature that makes its certainty honest.

It is thirty lines over ``scipy.optimize``, which the project needs anyway. scikit-learn would bring four packages and
hundreds of megabytes to a county's server for this one function, and its model files are pickles: bound to a version,
and able to run code when they are opened. It stays an oracle of the tests.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse
from scipy.special import logsumexp

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COLDEST, _HOTTEST = 0.05, 20.0


def fit(matrix: sparse.csr_matrix, labels: Ints, classes: int, penalty: float, steps: int) -> tuple[Floats, Floats]:
    """Return weights ``(f, c)`` and intercepts ``(c,)`` of greatest penalised likelihood, by L-BFGS.

    Minimises ``sum of -log p(label) + penalty / 2 x sum of squared weights``; intercepts are not penalised. That is
    scikit-learn's ``LogisticRegression`` with ``C = 1 / penalty``.

    Parameters
    ----------
    matrix
        ``(n, f)`` features.
    labels
        ``(n,)`` classes, 0 to ``classes - 1``.
    """
    n, f = matrix.shape
    rows = np.arange(n)
    across = matrix.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, intercepts = flat[: f * classes].reshape(f, classes), flat[f * classes :]
        scores = np.asarray(matrix @ weights) + intercepts
        scores -= logsumexp(scores, axis=1, keepdims=True)
        value = -scores[rows, labels].sum() + penalty / 2 * np.sum(weights**2)
        error = np.exp(scores)
        error[rows, labels] -= 1
        slope = np.asarray(across @ error) + penalty * weights
        # Divided by n, so that when to stop does not depend on how many texts there are.
        return float(value) / n, np.concatenate([slope.ravel(), error.sum(axis=0)]) / n

    start = np.zeros(f * classes + classes)
    options = {"maxiter": steps, "maxcor": 6, "gtol": 1e-6, "ftol": 1e-10}
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return found.x[: f * classes].reshape(f, classes), found.x[f * classes :]


def probabilities(scores: Floats, temperature: float) -> Floats:
    """Return ``(n, c)`` probabilities of ``(n, c)`` scores at a temperature."""
    cooled = scores / temperature
    return np.exp(cooled - logsumexp(cooled, axis=1, keepdims=True))


def best_temperature(scores: Floats, labels: Ints) -> float:
    """Return the temperature at which scores of texts not learned from are most likely (Guo et al. 2017).

    A text of a class that was not learned counts as "not the first suggestion", and so does one more, imagined text:
    few texts that all happen to be right do not make the model certain without limit.

    Parameters
    ----------
    scores
        ``(n, c)``.
    labels
        ``(n,)`` true classes, -1 for one that was not learned.
    """
    if not len(labels):
        return 1.0
    known = np.flatnonzero(labels >= 0)
    weight = np.where(labels >= 0, 0.0, 1.0) + 1 / len(labels)

    def loss(log_temperature: float) -> float:
        cooled = scores / np.exp(log_temperature)
        chances = cooled - logsumexp(cooled, axis=1, keepdims=True)
        wrong = np.log(np.maximum(1 - np.exp(chances.max(axis=1)), 1e-12))
        return float(-chances[known, labels[known]].sum() - (weight * wrong).sum())

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    return float(np.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x))
