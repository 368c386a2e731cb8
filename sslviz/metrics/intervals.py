"""95 % intervals: how far a measured number may be from the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

LEVEL = 0.95


def wilson(right: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval (1927, JASA 22:209) of a share `right`/`n`, which holds near 0 and 1 and for few images.

    right: hits, 0 to n. (0, 1) where nothing was measured.
    """
    if n <= 0:
        return 0.0, 1.0
    from scipy.special import ndtri

    z2 = float(ndtri(0.5 + level / 2)) ** 2
    share = right / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def student(values: Sequence[float], level: float = LEVEL) -> tuple[float, float, float]:
    """Mean of a few values, such as one a seed, and Student's t interval of it: (mean, lo, hi). NaN bounds for one value."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return mean, math.nan, math.nan
    from scipy.special import stdtrit

    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * spread
    return mean, mean - half, mean + half
