"""Tokenization: with the model's tokenizer, or with a small one that is trained on the dataset."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tunix_rt.trainer.contract import TOKENIZER_FILE, TrainerErrorCode
from tunix_rt.trainer.data.turns import MARKERS_OF, TurnPiece, TurnStyle, pieces_of
from tunix_rt.trainer.errors import TrainerError

SPECIAL_TOKENS = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
TINY_VOCABULARY = 512
TRAINED_ON_RECORDS = 10_000
REMEMBERED_PIECES = 10_000


class Tokens:
    """One encoded conversation: token ids, and for each whether it is a target."""

    __slots__ = ("ids", "target")

    def __init__(self) -> None:
        self.ids = array("i")
        self.target = array("b")

    def add(self, ids: Sequence[int], target: bool) -> None:
        """Appends the tokens of one piece."""
        self.ids.extend(ids)
        self.target.extend([target] * len(ids))


class Encoder:
    """Encodes conversations piece by piece.

    Text never becomes a control token, even if it is spelt like one, and no control token is removed: control tokens
    are looked up by name, and text is encoded with the tokenizer's special tokens disabled.
    """

    def __init__(self, tokenizer: Any) -> None:
        tokenizer.encode_special_tokens = True
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self.style = style_of(tokenizer)
        self.remembered: dict[str, list[int]] = {}

    @property
    def vocabulary(self) -> int:
        """The greatest token id plus one."""
        return int(max(self.tokenizer.get_vocab(with_added_tokens=True).values())) + 1

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Encodes the conversations of records."""
        return self.encode_pieces([list(pieces_of(text, self.style)) for text in texts])

    def encode_pieces(self, conversations: Sequence[Sequence[TurnPiece]]) -> list[Tokens]:
        """Encodes lists of pieces."""
        plain = [piece.text for pieces in conversations for piece in pieces if self.is_text(piece)]
        wanted = [text for text in dict.fromkeys(plain) if text not in self.remembered]
        encoded = self.tokenizer.encode_batch_fast(wanted, add_special_tokens=False)
        new = dict(zip(wanted, (found.ids for found in encoded), strict=True))
        tokens = [self.tokens_of(pieces, new) for pieces in conversations]
        if len(self.remembered) < REMEMBERED_PIECES:
            self.remembered |= {text: ids for text, ids in new.items() if len(text) < 32}
        return tokens

    def tokens_of(self, pieces: Iterable[TurnPiece], new: dict[str, list[int]]) -> Tokens:
        """Returns the tokens of one conversation's pieces."""
        tokens = Tokens()
        for piece in pieces:
            if self.is_text(piece):
                found = self.remembered.get(piece.text)
                tokens.add(new[piece.text] if found is None else found, piece.target)
            elif (control := self.tokenizer.token_to_id(piece.text)) is not None:
                tokens.add([control], piece.target)
        return tokens

    def is_text(self, piece: TurnPiece) -> bool:
        """Returns whether a piece is encoded as text; markers are, if the tokenizer has no tokens for them."""
        return not piece.control or (self.style is TurnStyle.PLAIN and piece.text != MARKERS_OF[TurnStyle.PLAIN].begin)


def style_of(tokenizer: Any) -> TurnStyle:
    """Returns the turn style of a tokenizer's model."""
    for style in (TurnStyle.GEMMA, TurnStyle.CHATML, TurnStyle.LLAMA3):
        marks = MARKERS_OF[style]
        if all(tokenizer.token_to_id(mark) is not None for mark in (marks.start, marks.end)):
            return style
    return TurnStyle.PLAIN


def load_encoder(folder: Path) -> Encoder:
    """Loads the tokenizer of a model's folder.

    Raises:
        TrainerError: BAD_MODEL if it has no readable ``tokenizer.json``.
    """
    from tokenizers import Tokenizer

    file = folder / TOKENIZER_FILE
    if not file.is_file():
        raise TrainerError(TrainerErrorCode.BAD_MODEL, f"The model's folder {folder} has no {TOKENIZER_FILE}.")
    try:
        return Encoder(Tokenizer.from_file(str(file)))
    except Exception as error:  # the library raises plain Exception for a file that it cannot read
        raise TrainerError(TrainerErrorCode.BAD_MODEL, f"{file} cannot be read: {error}") from None


def train_tokenizer(texts: Iterable[str]) -> Any:
    """Trains a small byte-level BPE tokenizer with Gemma's control tokens on the first 10,000 conversations.

    Digits are single tokens, which makes arithmetic easier to learn. It is deterministic.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TINY_VOCABULARY,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    plain = (
        piece.text
        for text in islice(texts, TRAINED_ON_RECORDS)
        for piece in pieces_of(text, TurnStyle.GEMMA)
        if not piece.control
    )
    tokenizer.train_from_iterator(plain, trainer)
    return tokenizer
