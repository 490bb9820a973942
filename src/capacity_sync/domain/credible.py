"""Which of many sorted values bound what is credible at 95 %, when the days hang together.

A size is that of yesterday and a little more: it strays from its trend alike on neighbouring days, and ninety of them
tell as much as a few independent ones would.
"""
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import takewhile
from operator import mul

DEVIATIONS = 1.96
"""Of the normal distribution, for an interval of 95 %."""
WALK = 20
"""Deviations from a fitted line look less persistent than they are, the more so the fewer they are. Those of a random
walk fall short of 1 by up to about this over their number (the bound of Dickey and Fuller's test with a trend, Fuller
1976), and what may be a random walk counts as one."""


def persistence(values: Sequence[int] | Sequence[Fraction]) -> float:
    """How much of a day's deviation is left on the next one: 0 for independent *values*, 1 for cumulated changes.

    From the autocorrelations of their ranks, of which one outlier is one, up to the first that is not positive (the
    initial sequence of Geyer 1992), as those of an autoregression would add up.
    """
    order, count = sorted(values), len(values)
    ranks = [bisect_left(order, value) + bisect_right(order, value) - count for value in values]
    products = (sum(map(mul, ranks, ranks[lag:])) for lag in range(1, count))
    together: int = sum(takewhile(lambda product: product > 0, products))
    if together == 0:
        return 0.0
    share = together / (together + sum(rank * rank for rank in ranks))
    return min(1.0, share * (1 + WALK / count))


def slopes_bound(points: int, persisting: float) -> int:
    """The place of the lower bound among the sorted slopes of all pairs of *points*; the upper one's from the end.

    Sen 1968, by the variance of Kendall's S, which persistence inflates: Hamed and Rao 1998. It ends at the
    least of them.
    """
    pairs, triples = math.comb(points, 2), math.comb(points, 3)
    together = sum(math.comb(points - lag, 3) * persisting**lag for lag in range(1, points - 2))
    variance = points * (points - 1) * (2 * points + 5) / 18 * (1 + 2 * together / triples)
    reach = DEVIATIONS * math.sqrt(variance)
    return max(0, math.floor((pairs - reach) / 2) - 1)


def middle_bound(count: int, persisting: float) -> int:
    """The place of the lower bound of a median among *count* sorted values: the sign test, of signs that persist."""
    together = sum((1 - lag / count) * math.asin(persisting**lag) for lag in range(1, count))
    reach = DEVIATIONS * math.sqrt(count * (1 + 4 / math.pi * together))
    return max(0, math.floor((count - reach) / 2) - 1)
