"""BG/NBD: how often customers of a business without contracts will buy again, from how often and when they did.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284. While alive a
customer buys as a Poisson process with rate λ; after each repeat purchase he leaves with probability p; λ is
gamma(r, α), p is beta(a, b) over customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1
from scipy.stats import nbinom

from liuke.errors import YourMistake

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Fitted parameters. Times are in the unit of the histories fitted on (weeks in the paper)."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Per customer. x: repeat purchases (days with one); t_x: from first to last; age: from first to now."""
        first = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        alive = betaln(self.a, self.b + x) - betaln(self.a, self.b) - (self.r + x) * np.log(self.alpha + age)
        left_rate = np.where(
            x > 0,
            betaln(self.a + 1, np.maximum(self.b + x - 1, 1e-12)) - betaln(self.a, self.b)
            - (self.r + x) * np.log(self.alpha + t_x),
            -np.inf,
        )  # fmt: skip
        return np.asarray(first + np.logaddexp(alive, left_rate), np.float64)

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Probability that the customer has not left by `age`; 1 without a repeat purchase (leaving follows one)."""
        odds = (
            np.log(self.a) - np.log(np.maximum(self.b + x - 1, 1e-12))
            + (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + t_x))
        )  # fmt: skip
        return np.asarray(np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0), np.float64)

    def expected(self, horizon: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Expected purchases within `horizon` after `age`, given the history (equation 10 of the paper)."""
        if self.a == 1:
            return BgNbd(self.r, self.alpha, 1 + 1e-9, self.b).expected(horizon, x, t_x, age)
        z = horizon / (self.alpha + age + horizon)
        shrunk = ((self.alpha + age) / (self.alpha + age + horizon)) ** (self.r + x)
        bracket = 1 - shrunk * hyp2f1(self.r + x, self.b + x, self.a + self.b + x - 1, z)
        return np.asarray((self.a + self.b + x - 1) / (self.a - 1) * bracket * self.alive(x, t_x, age), np.float64)

    def at_least(self, k: int, horizon: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Probability of `k` (1 or more) purchases or more within `horizon`: alive, not left after any of the first
        k − 1, and the process fast enough. Summed over k it is `expected`.
        """
        stays = np.exp(betaln(self.a, self.b + x + k - 1) - betaln(self.a, self.b + x))
        slow = nbinom.cdf(k - 1, self.r + x, (self.alpha + age) / (self.alpha + age + horizon))
        return np.asarray(self.alive(x, t_x, age) * stays * (1 - slow), np.float64)

    def typical(self, horizon: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """The median number of purchases within `horizon`: the single number with the least expected absolute error.

        Most customers' median is 0, so its sum over customers is far below their expected purchases.
        """
        count = np.zeros(len(x))
        more = np.arange(len(x))
        k = 1
        while len(more):
            likely = self.at_least(k, horizon, x[more], t_x[more], age[more]) > 0.5
            more = more[likely]
            count[more] = k
            k += 1
        return count


def fit_bgnbd(x: Floats, t_x: Floats, age: Floats, customers: Floats | None = None) -> BgNbd:
    """Maximum likelihood from several starts (L-BFGS on log parameters).

    customers: how many have each history; one each by default.

    Raises YourMistake when nobody bought again or histories cannot be (t_x after age, negative).
    """
    _check(x, t_x, age)
    weight = np.ones(len(x)) if customers is None else customers
    # Equal histories are counted once: purchase data has few distinct ones.
    rows, where = np.unique(np.column_stack([x, t_x, age]), axis=0, return_inverse=True)
    count = np.bincount(where.ravel(), weight)
    # In about a tenth of the median age the parameters are of one size, whatever the unit of time.
    scale = max(float(np.median(age)), 1e-9) / 10
    columns = rows[:, 0], rows[:, 1] / scale, rows[:, 2] / scale

    def loss(log_parameters: Floats) -> float:
        model = BgNbd(*np.exp(np.clip(log_parameters, -12, 12)))
        return -float((count * model.log_likelihood(*columns)).sum()) / float(count.sum())

    starts = ((1.0, 1.0, 1.0, 1.0), (0.25, 1.0, 0.8, 2.5), (1.0, 3.0, 0.2, 2.0))
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500}
    tried = [minimize(loss, np.log(start), method="L-BFGS-B", options=options) for start in starts]
    r, alpha, a, b = np.exp(min(tried, key=lambda found: float(found.fun)).x)
    return BgNbd(float(r), float(alpha * scale), float(a), float(b))


def _check(x: Floats, t_x: Floats, age: Floats) -> None:
    if len(x) == 0 or not (x > 0).any():
        raise YourMistake(
            "nobody bought a second time, so how customers come back cannot be learned",
            expected="purchase histories in which some customers bought on two days or more",
            then="choose a longer period",
        )
    wrong = int(((x < 0) | (t_x < 0) | (t_x > age) | ((x == 0) & (t_x != 0))).sum())
    if wrong:
        raise YourMistake(
            f"{wrong} purchase histories cannot be",
            expected="x >= 0, 0 <= t_x <= age, and t_x = 0 where x = 0",
            then="count days with a purchase after the first one, and measure both times from the first",
        )
