"""UNGAR's games as traces: exactly the original's for a duel, bounded for every other game."""

from __future__ import annotations

import logging
import types
from pathlib import Path
from typing import Any

import pytest

from tests.support import ungar_package
from tunix_rt.domain.traces.trace import encode
from tunix_rt.errors import BadUserInput, NotInstalled, TooCostly
from tunix_rt.integrations.ungar import package as ungar
from tunix_rt.integrations.ungar import traces as ungar_traces
from tunix_rt.integrations.ungar.package import MOVES_MAX, Deadline, Game, package_status, play
from tunix_rt.integrations.ungar.traces import card_text, generate, move_text

MAX_BYTES = 1_048_576
SEED_42 = [
    ("TS", "JH", "loss"),
    ("2H", "QH", "loss"),
    ("AH", "5S", "win"),
    ("QC", "8D", "win"),
    ("3C", "7D", "loss"),
    ("9S", "3H", "win"),
    ("QS", "JC", "win"),
    ("AS", "4H", "win"),
    ("4H", "6H", "loss"),
    ("3D", "TC", "loss"),
]
"""My card, the opponent's and the result of the first ten duels of the seed 42, by the package itself."""


@pytest.fixture(params=ungar_package.PACKAGES)
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The package that is imported: a test that asks for it runs with each that there is."""
    ungar_package.use(monkeypatch, request.param)
    name: str = request.param
    return name


def metas(game: Game, count: int, seed: int | None) -> list[dict[str, Any]]:
    """The metadata of generated traces."""
    return [draft.payload.meta or {} for draft in generate(game, count, seed, MAX_BYTES, 60)]


def test_the_package_is_reported(package: str):
    status = package_status()

    assert (status.available, status.version) == (True, "0.1.0")
    assert "UNGAR 0.1.0 is installed" in status.message


def test_a_missing_package_is_reported_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    ungar_package.hide(monkeypatch)

    status = package_status()
    assert (status.available, status.version) == (False, None)
    assert status.message == f"UNGAR is not installed. Install it: {status.install_command}"
    with pytest.raises(NotInstalled, match="UNGAR is not installed"):
        generate(Game.HIGH_CARD_DUEL, 1, 42, MAX_BYTES, 60)


def test_a_package_that_lacks_something_itself_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    ungar_package.forget(monkeypatch)
    (tmp_path / "ungar").mkdir()
    (tmp_path / "ungar" / "__init__.py").write_text("import surely_not_there.at_all")
    monkeypatch.syspath_prepend(tmp_path)

    assert package_status().message.startswith("UNGAR cannot be imported without surely_not_there. Install it: pip ")


def test_the_duels_of_seed_42(package: str):
    assert metas(Game.HIGH_CARD_DUEL, 10, 42) == [
        {
            "source": "ungar",
            "game": "high_card_duel",
            "episode_index": index,
            "my_card": mine,
            "opponent_card": other,
            "result": result,
            "seed": 42,
            "episode_seed": 42 + index,
        }
        for index, (mine, other, result) in enumerate(SEED_42)
    ]


def test_a_duels_trace_byte_by_byte(package: str):
    draft = generate(Game.HIGH_CARD_DUEL, 5, 42, MAX_BYTES, 60)[4]

    assert draft.canonical.decode() == (
        '{"trace_version":"1.0","prompt":"High Card Duel: You have 1 hidden card. Action: reveal.",'
        '"final_answer":"reveal","steps":[{"i":0,"type":"legal_moves","content":"Legal moves: [reveal]"},'
        '{"i":1,"type":"observation","content":"My hand: 3C"},{"i":2,"type":"unseen","content":"Unseen cards: 51"},'
        '{"i":3,"type":"decision","content":"Action chosen: reveal"}],"meta":{"source":"ungar","game":"high_card_duel",'
        '"episode_index":4,"my_card":"3C","opponent_card":"7D","result":"loss","seed":42,"episode_seed":46}}'
    )
    assert draft.source == "ungar"


def test_without_a_seed_each_episode_can_be_played_again(package: str):
    first, second = metas(Game.HIGH_CARD_DUEL, 2, None)

    assert "seed" not in first
    assert second["episode_seed"] == first["episode_seed"] + 1
    (again,) = metas(Game.HIGH_CARD_DUEL, 1, second["episode_seed"])
    assert [again[name] for name in ("my_card", "opponent_card", "result")] == [
        second[name] for name in ("my_card", "opponent_card", "result")
    ]


def test_results_of_every_kind_occur(package: str):
    results = [meta["result"] for meta in metas(Game.HIGH_CARD_DUEL, 300, 0)]

    assert set(results) == {"win", "loss", "tie"}
    assert 5 < results.count("tie") < 40


def test_another_game_is_reported_move_by_move(package: str):
    drafts = generate(Game.SPADES_MINI, 5, 7, MAX_BYTES, 60)

    assert [encode(draft.payload) for draft in generate(Game.SPADES_MINI, 5, 7, MAX_BYTES, 60)] == [
        draft.canonical for draft in drafts
    ]
    for index, draft in enumerate(drafts):
        trace, meta = draft.payload, draft.payload.meta or {}
        assert trace.prompt.startswith("Mini Spades: You have ")
        assert "Card(" not in draft.canonical.decode()
        kinds = [step.type for step in trace.steps]
        assert (kinds.count("legal_moves"), kinds.count("decision"), kinds.count("observation")) == (5, 5, 5)
        assert trace.final_answer == meta["result"] in {"win", "loss", "tie"}
        assert (meta["game"], meta["episode_index"], meta["episode_seed"]) == ("spades_mini", index, 7 + index)


def test_a_bounded_episode_is_the_packages_own(package: str):
    import importlib

    runner = importlib.import_module("ungar.runner")
    theirs = runner.play_random_episode(ungar.spec_of(Game.SPADES_MINI), seed=5)
    ours = play(Game.SPADES_MINI, 5, Deadline(60))

    assert (ours.states, ours.moves, ours.rewards) == (theirs.states, theirs.moves, theirs.rewards)


def test_a_game_without_an_end_is_given_up(package: str):
    with pytest.raises(
        BadUserInput, match=rf"GIN_RUMMY with the seed 3 did not end within {MOVES_MAX} moves"
    ) as caught:
        generate(Game.GIN_RUMMY, 1, 3, MAX_BYTES, 60)

    assert caught.value.path == ("game",)


def test_games_that_take_too_long_are_given_up(package: str):
    with pytest.raises(TooCostly, match=r"within -1 seconds; nothing was stored\. Request fewer games\.") as caught:
        generate(Game.HIGH_CARD_DUEL, 10, 1, MAX_BYTES, -1)

    assert caught.value.path == ("count",)


def test_a_state_without_hands_is_read_by_its_planes():
    card = types.SimpleNamespace(suit=types.SimpleNamespace(name="CLUBS"), rank=types.SimpleNamespace(name="KING"))
    tensor = types.SimpleNamespace(cards_in_plane=lambda name: (card,) if name == "my_hand" else ())
    state = types.SimpleNamespace(to_tensor=lambda player: tensor)

    assert ungar_traces.only_card(state, 0) == "KC"


def test_cards_that_are_not_known_are_reported_and_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        assert card_text(None) == "??"
        assert move_text("DISCARD_Card(suit=<Suit.STARS: 9>, rank=<Rank.TWO: 2>)") == "DISCARD ??"

    assert [record.message for record in caplog.records] == ["UNGAR returned an unknown card"] * 2
    assert move_text("DISCARD_Card(suit=<Suit.HEARTS: 2>, rank=<Rank.JOKER: 14>)") == "DISCARD XH"
