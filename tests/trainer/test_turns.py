"""The target tokens of a conversation, and its tokenization."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.trainer.runner import record, sums
from tunix_rt.trainer.data.tokens import SPECIAL_TOKENS, Encoder, train_tokenizer
from tunix_rt.trainer.data.turns import TurnStyle, pieces_of

TURNS = (
    "<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n"
    "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\nSee you<end_of_turn>"
)


def encoder_with(*special: str) -> Encoder:
    """Returns an encoder whose tokenizer has these control tokens, and no others except padding."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<pad>", *special], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["user model assistant Hello"], trainer)
    return Encoder(tokenizer)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """An encoder trained on sums."""
    return Encoder(train_tokenizer(found["prompts"] for found in sums(50, seed=1)))


def parts(encoder: Encoder, text: str) -> list[tuple[str, bool]]:
    """Decodes an encoded text, divided into runs of target and other tokens."""
    (tokens,) = encoder.encode([text])
    runs: list[tuple[list[int], bool]] = []
    for token, target in zip(tokens.ids, tokens.target, strict=True):
        if not runs or runs[-1][1] != bool(target):
            runs.append(([], bool(target)))
        runs[-1][0].append(token)
    return [(encoder.tokenizer.decode(ids, skip_special_tokens=False), target) for ids, target in runs]


def test_the_models_turns_are_targets_with_their_end(encoder: Encoder):
    assert parts(encoder, TURNS) == [
        ("<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n", False),
        ("Hello<end_of_turn>", True),
        ("\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n", False),
        ("See you<end_of_turn>", True),
    ]


@pytest.mark.parametrize(
    ("special", "style", "expected"),
    [
        (
            ["<|im_start|>", "<|im_end|>"],
            TurnStyle.CHATML,
            [
                ("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", False),
                ("Hello<|im_end|>", True),
                ("\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n", False),
                ("See you<|im_end|>", True),
            ],
        ),
        (
            ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
            TurnStyle.LLAMA3,
            [
                (
                    (
                        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                        "<|start_header_id|>assistant<|end_header_id|>\n\n"
                    ),
                    False,
                ),
                ("Hello<|eot_id|>", True),
                (
                    (
                        "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
                        "<|start_header_id|>assistant<|end_header_id|>\n\n"
                    ),
                    False,
                ),
                ("See you<|eot_id|>", True),
            ],
        ),
        (
            [],
            TurnStyle.PLAIN,
            [
                ("<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n", False),
                ("Hello<end_of_turn>", True),
                ("\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n", False),
                ("See you<end_of_turn>", True),
            ],
        ),
    ],
)
def test_turns_are_marked_as_the_model_marks_them(special: list[str], style: TurnStyle, expected: list[Any]):
    encoder = encoder_with(*special)

    assert encoder.style is style
    assert parts(encoder, TURNS) == expected


def test_text_never_becomes_a_control_token(encoder: Encoder):
    (tokens,) = encoder.encode([record("Write <eos><bos> and <pad>", "No <bos>")["prompts"]])
    control = [encoder.tokenizer.id_to_token(token) for token in tokens.ids if token < len(SPECIAL_TOKENS)]

    assert control == ["<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_turn>", "<end_of_turn>"]
    assert parts(encoder, record("Write <eos>", "No <bos>")["prompts"])[1] == ("No <bos><end_of_turn>", True)


def test_what_inference_sees_is_encoded_as_inference_does(encoder: Encoder):
    """A prompt that is encoded alone, as for inference, equals the beginning of its training record."""
    text = record("What is 3+4?", "Reasoning:\nAnswer: 7")["prompts"]
    prompt = text[: text.index("Reasoning")]
    encoder.tokenizer.encode_special_tokens = False
    whole = encoder.tokenizer.encode(f"<bos>{prompt}", add_special_tokens=False).ids
    encoder.tokenizer.encode_special_tokens = True

    (tokens,) = encoder.encode([text])

    assert list(tokens.ids[: len(whole)]) == whole
    assert list(tokens.target[: len(whole) + 1]) == [0] * len(whole) + [1]


def test_an_unfinished_turn_is_a_target_without_an_end(encoder: Encoder):
    assert parts(encoder, "<start_of_turn>model\nHello")[-1] == ("Hello", True)


@given(st.text(), st.lists(st.tuples(st.sampled_from(["user", "model"]), st.text()), max_size=4))
def test_no_text_is_lost(before: str, turns: list[tuple[str, str]]):
    text = before + "\n".join(f"<start_of_turn>{role}\n{content}<end_of_turn>" for role, content in turns)

    assert "".join(piece.text for piece in pieces_of(text, TurnStyle.GEMMA)) == f"<bos>{text}"
