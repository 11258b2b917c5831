"""``Trace.trainingText``: the text that a training run makes of a trace, and the part of it that is the target."""

from __future__ import annotations

import threading

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import on_sqlite, trace_input
from tunix_rt.api.traces import training_text
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.reasoning_templates import TemplateText
from tunix_rt.trainer.data.turns import TurnStyle, pieces_of

TRAINING_TEXT = """
query TrainingText($id: ID!) { trace(id: $id) { trainingText { prompt target } prompt steps { content } } }
"""


async def test_training_text_has_the_targets_of_the_trainer(ask: Ask, store: Store) -> None:
    steps = [{"type": "thought", "content": "7 * 13 <end_of_turn>"}, {"type": "thought", "content": "So\nno."}]
    (stored,) = await store(trace_input(prompt="Is 91 prime?", finalAnswer="No", steps=steps))
    found = (await ask(TRAINING_TEXT, id=stored["id"]))["trace"]
    text = found["trainingText"]
    assert found["prompt"] == "Is 91 prime?"
    assert text["prompt"] == "<start_of_turn>user\nIs 91 prime?<end_of_turn>\n<start_of_turn>model\n"
    assert text["target"] == "Reasoning:\n1. 7 * 13 <\u2060end_of_turn>\n2. So\nno.\nAnswer: No<end_of_turn>"
    pieces = list(pieces_of(text["prompt"] + text["target"], TurnStyle.GEMMA))
    assert "".join(piece.text for piece in pieces if piece.target) == text["target"]
    assert "".join(piece.text for piece in pieces if not piece.target) == "<bos>" + text["prompt"]


async def test_training_text_is_in_lists(ask: Ask, store: Store) -> None:
    await store(trace_input(prompt="One"), trace_input(prompt="Two"))
    found = (await ask("{ traces(orderBy: [{ field: ID }]) { nodes { promptPreview trainingText { prompt } } } }"))[
        "traces"
    ]
    for node, prompt in zip(found["nodes"], ["One", "Two"], strict=True):
        assert (node["promptPreview"], f"user\n{prompt}<end" in node["trainingText"]["prompt"]) == (prompt, True)


async def test_a_trace_that_training_leaves_out_has_no_training_text(ask: Ask, store: Store) -> None:
    await store(trace_input(prompt="One", finalAnswer=NO_ANSWER), trace_input(prompt="Two", finalAnswer="2"))
    found = await ask("{ traces(orderBy: [{ field: ID }]) { nodes { trainingText { target } } } }")

    without, with_answer = [node["trainingText"] for node in found["traces"]["nodes"]]
    assert without is None
    assert with_answer["target"].endswith("Answer: 2<end_of_turn>")


@on_sqlite
async def test_many_training_texts_are_made_in_a_thread(
    ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    make = training_text.training_text

    def observed(payload: str, template: TemplateText) -> training_text.TrainingText | None:
        threads.add(threading.get_ident())
        return make(payload, template)

    monkeypatch.setattr(training_text, "training_text", observed)
    await store(*(trace_input(str(number), finalAnswer="x" * 40_000) for number in range(3)))

    await ask("{ traces { nodes { trainingText { target } } } }")

    assert threads
    assert threading.get_ident() not in threads
