"""The enums of UNGAR and RediAI in the schema."""

from __future__ import annotations

from tunix_rt.api.enums.describing import describe_enum
from tunix_rt.integrations.rediai import Reason as RediaiReason
from tunix_rt.integrations.rediai import RediAIMode as RediaiMode
from tunix_rt.integrations.ungar.package import Game

describe_enum(
    RediaiMode,
    "RediaiMode",
    "Whether RediAI is queried.",
    {
        RediaiMode.MOCK: "RediAI is not queried and counts as healthy.",
        RediaiMode.REAL: "RediAI is queried.",
    },
)

describe_enum(
    RediaiReason,
    "RediaiReason",
    "Reason that RediAI is reported as DOWN.",
    {
        RediaiReason.TIMEOUT: "No response within 5 seconds.",
        RediaiReason.CONNECTION_REFUSED: "The connection failed: it was refused, or the host was not found.",
        RediaiReason.HTTP_STATUS: "The response's status was not 2xx; `message` has the status. Redirects are not "
        "followed.",
        RediaiReason.HTTP_ERROR: "The response was not valid HTTP, or was cut off.",
        RediaiReason.UNEXPECTED: "Another error; `message` has its name.",
    },
)

describe_enum(
    Game,
    "UngarGame",
    "Card games of the UNGAR package.",
    {
        Game.HIGH_CARD_DUEL: "Two players draw one card each and the higher card wins; aces are high.",
        Game.SPADES_MINI: "Two players hold five cards each; spades are trumps.",
        Game.GIN_RUMMY: "Gin rummy. Random play rarely finishes; an episode that takes more than 490 moves is an "
        "error.",
    },
)
