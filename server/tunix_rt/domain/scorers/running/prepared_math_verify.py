"""What the process of ``math_verify`` loads: the scorer, and Math-Verify after its first parse.

On a busy machine both take longer than the time for one trace, of which they would be a part.
"""

from __future__ import annotations

from math_verify import parse

from tunix_rt.domain.scorers.math_verify import SCORER

__all__ = ["SCORER"]

parse(r"$\frac{1}{2} < x$", parsing_timeout=60)
