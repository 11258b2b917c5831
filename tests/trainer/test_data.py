"""Records to batches: every record once per epoch, none lost, all counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.trainer.runner import record, sums, write_lines
from tunix_rt.trainer.contract import TooLong, TrainerErrorCode
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import EncodedDataset, encode_dataset, sequence_length
from tunix_rt.trainer.data.tokens import Encoder, Tokens, train_tokenizer
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import TrainingSection
from tunix_rt.trainer.step_plan import StepPlan


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """An encoder trained on sums."""
    return Encoder(train_tokenizer(found["prompts"] for found in sums(50, seed=1)))


def encoded_of(lengths: list[int]) -> EncodedDataset:
    """Returns conversations of given lengths; all tokens of the i-th are i + 1, the second half are targets."""
    encoded = EncodedDataset(Path("none"), "GEMMA")
    for place, length in enumerate(lengths):
        tokens = Tokens()
        tokens.add([place + 1] * (length // 2), False)
        tokens.add([place + 1] * (length - length // 2), True)
        encoded.take(tokens, 1000, TooLong.DROP)
    return encoded


LONG = record("Why?", "Because " * 400)
SILENT: dict[str, Any] = {"prompts": "<start_of_turn>user\nHello?<end_of_turn>"}


def test_what_is_left_out_is_counted(encoder: Encoder, tmp_path: Path):
    path = write_lines(tmp_path / "data.jsonl", [*sums(5, seed=1), LONG, SILENT])

    encoded = encode_dataset(path, encoder, 128, TooLong.DROP)

    counts = encoded.counts()
    assert {name: counts[name] for name in ("records", "used", "tooLong", "dropped", "truncated", "withoutTarget")} == {
        "records": 7,
        "used": 5,
        "tooLong": 1,
        "dropped": 2,
        "truncated": 0,
        "withoutTarget": 1,
    }
    assert counts["tokens"] == len(encoded.ids)
    assert counts["targetTokens"] == sum(encoded.target)
    assert counts["longest"] < 60


def test_a_long_record_can_be_cut(encoder: Encoder, tmp_path: Path):
    path = write_lines(tmp_path / "data.jsonl", [*sums(5, seed=1), LONG, record("w " * 2000, "x")])

    encoded = encode_dataset(path, encoder, 128, TooLong.TRUNCATE)

    counts = encoded.counts()
    assert (counts["used"], counts["tooLong"], counts["truncated"], counts["withoutTarget"]) == (6, 2, 1, 1)
    assert counts["longest"] == 128


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        (b"", TrainerErrorCode.EMPTY_DATASET, "has no records"),
        (b"\n\n", TrainerErrorCode.EMPTY_DATASET, "has no records"),
        (json.dumps(SILENT).encode(), TrainerErrorCode.EMPTY_DATASET, "1 have no target tokens"),
        (json.dumps(LONG).encode(), TrainerErrorCode.EMPTY_DATASET, "1 are longer than 128 tokens"),
        (b'{"prompts": "x"}\nnonsense\n', TrainerErrorCode.BAD_DATASET, "Line 2 of"),
        (b'{"prompts": 3}\n', TrainerErrorCode.BAD_DATASET, "has no text in `prompts`"),
        (b"[]\n", TrainerErrorCode.BAD_DATASET, "has no text in `prompts`"),
        (b'{"prompts": "\xff"}\n', TrainerErrorCode.BAD_DATASET, "Line 1 of"),
    ],
)
def test_nothing_to_learn_from_is_an_error(
    encoder: Encoder, tmp_path: Path, content: bytes, code: TrainerErrorCode, expected: str
):
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)

    with pytest.raises(TrainerError) as refusal:
        encode_dataset(path, encoder, 128, TooLong.DROP)

    assert refusal.value.code is code
    assert expected in refusal.value.message


def test_a_missing_dataset_is_not_found(encoder: Encoder, tmp_path: Path):
    with pytest.raises(TrainerError) as refusal:
        encode_dataset(tmp_path / "none.jsonl", encoder, 128, TooLong.DROP)

    assert refusal.value.code is TrainerErrorCode.NOT_FOUND


@given(
    used=st.integers(1, 40),
    batch_size=st.integers(1, 9),
    seed=st.integers(0, 5),
    epochs=st.integers(1, 3),
)
def test_every_record_comes_once_an_epoch(used: int, batch_size: int, seed: int, epochs: int):
    batches = Batches(encoded_of([2 + place % 5 for place in range(used)]), batch_size, 32)
    stream = batches.shuffle(seed, 0)

    for _ in range(epochs):
        rows = [row for _ in range(batches.per_epoch) for row in next(stream)[0]]
        assert sorted(int(row[0]) for row in rows if row.any()) == list(range(1, used + 1))


@given(used=st.integers(1, 20), batch_size=st.integers(1, 6), first=st.integers(0, 30))
def test_going_on_is_as_if_never_stopped(used: int, batch_size: int, first: int):
    batches = Batches(encoded_of([4] * used), batch_size, 32)
    whole, rest = batches.shuffle(3, 0), batches.shuffle(3, first)
    for _ in range(first):
        next(whole)

    for _ in range(5):
        for ours, theirs in zip(next(whole), next(rest), strict=True):
            assert np.array_equal(ours, theirs)


def test_epochs_differ_in_their_order_and_seeds_too():
    batches = Batches(encoded_of([4] * 30), 30, 32)

    def orders(seed: int) -> list[list[int]]:
        stream = batches.shuffle(seed, 0)
        return [next(stream)[0][:, 0].tolist() for _ in range(2)]

    first, second = orders(1)
    assert first != second
    assert orders(2) != [first, second]
    assert orders(1) == [first, second]


def test_padding_is_no_target():
    tokens, targets = next(Batches(encoded_of([5, 3]), 4, 32).in_order())

    assert tokens.shape == targets.shape == (4, 32)
    assert (tokens.dtype, targets.dtype) == (np.int32, np.float32)
    assert tokens[0].tolist() == [1] * 5 + [0] * 27
    assert targets[0].tolist() == [0, 0, 1, 1, 1] + [0] * 27
    assert targets[1].tolist() == [0, 1, 1] + [0] * 29
    assert not tokens[2:].any()
    assert not targets[2:].any()


def test_the_last_batch_of_an_epoch_is_filled_up():
    batches = list(Batches(encoded_of([4] * 5), 2, 32).in_order())

    assert [int((tokens[:, 0] > 0).sum()) for tokens, _ in batches] == [2, 2, 1]


@pytest.mark.parametrize(
    ("used", "training", "plan"),
    [
        (400, TrainingSection(), StepPlan(50, 1, 50, 150)),
        (401, TrainingSection(), StepPlan(51, 1, 51, 153)),
        (1, TrainingSection(), StepPlan(1, 1, 1, 3)),
        (400, TrainingSection(gradient_accumulation_steps=4), StepPlan(50, 4, 13, 37)),
        (400, TrainingSection(max_steps=7), StepPlan(50, 1, 50, 7)),
        (400, TrainingSection(max_steps=1000), StepPlan(50, 1, 50, 1000)),
    ],
)
def test_steps_are_counted(used: int, training: TrainingSection, plan: StepPlan):
    assert StepPlan.of(used, training) == plan


@given(
    used=st.integers(1, 5000),
    batch=st.integers(1, 64),
    epochs=st.integers(1, 100),
    asked=st.integers(1, 1024),
    warmup=st.integers(0, 200),
)
def test_no_record_is_used_more_often_than_there_are_epochs(
    used: int, batch: int, epochs: int, asked: int, warmup: int
):
    training = TrainingSection(
        batch_size=batch, num_epochs=epochs, gradient_accumulation_steps=asked, warmup_steps=warmup
    )
    plan = StepPlan.of(used, training)

    in_all = plan.batches_per_epoch * epochs
    taken = plan.total_steps * plan.batches_per_step
    event(f"more were asked for a step than there are: {asked > in_all}")
    assert 1 <= plan.batches_per_step == min(asked, in_all)
    assert in_all - plan.batches_per_step < taken <= in_all
    warnings = " ".join(plan.warnings(training))
    assert ("is reduced" in warnings) is (asked > in_all)
    assert ("are dropped" in warnings) is (taken < in_all)
    assert ("never reaches" in warnings) is (warmup >= plan.total_steps)


def test_max_steps_is_the_number_of_steps():
    training = TrainingSection(max_steps=1, num_epochs=1, gradient_accumulation_steps=1024)
    plan = StepPlan.of(16, training)

    assert plan == StepPlan(2, 1024, 1, 1)
    assert list(plan.warnings(training)) == []


def test_rows_are_as_long_as_they_need_be():
    assert sequence_length(2048, encoded_of([40]), encoded_of([65])) == 96
    assert sequence_length(2048, encoded_of([64])) == 64
    assert sequence_length(128, encoded_of([127])) == 128
