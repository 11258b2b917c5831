"""Options and arguments with a fixed set of values."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.suggestions import did_you_mean


class WordChoice(click.Choice[str]):
    """A choice of words, in upper or lower case, whose error has the words that are similar to the given one."""

    def __init__(self, words: Any) -> None:
        super().__init__(list(words), case_sensitive=False)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Returns the error message for a value that is not one of the words."""
        return super().get_invalid_choice_message(value, ctx) + did_you_mean(str(value), self.choices)
