"""The fixtures of the datasets' tests."""

from tests.support.datasets import ten

__all__ = ["ten"]
