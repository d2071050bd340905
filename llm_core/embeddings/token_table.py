"""The token table: one vector for each token of the vocabulary, before any context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, Int

from llm_core.errors import SelectionError, TextError, UnsupportedModelError
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

TableKind: TypeAlias = Literal["input", "output"]


@dataclass(frozen=True, eq=False)
class TokenTable:
    """A vector for each token: what enters the model (``"input"``), or what its head compares with (``"output"``).

    Attributes:
        model_name: The model's name.
        kind: ``"input"`` or ``"output"``.
        vectors: Shape (vocabulary d_model); some models use a narrower table than their layers. Shares the model's
            memory.
        norms: Length of each vector, shape (vocabulary,).
        tokens: The tokens, by id. Rows without a token in the tokenizer are left out.
        tied: True if the input and the output table are one.
    """

    model_name: str
    kind: TableKind
    vectors: Float32[np.ndarray, "vocabulary d_model"]
    norms: Float32[np.ndarray, " vocabulary"]
    tokens: tuple[Token, ...]
    tied: bool

    def __post_init__(self) -> None:
        if not len(self.vectors) == len(self.norms) == len(self.tokens):
            raise ValueError(
                f"Expected a vector, a norm and a token for each row, got {len(self.vectors)}, {len(self.norms)} "
                f"and {len(self.tokens)}."
            )
        self.vectors.setflags(write=False)
        self.norms.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Bytes that this record holds beside the model's own."""
        return self.norms.nbytes + 400 * len(self.tokens)

    @cached_property
    def spaced(self) -> bool:
        """True if tokens say by a leading space that a word begins, as all but WordPiece do."""
        return any(token.leading_space for token in self.tokens)

    def label(self, number: int) -> str:
        """A token as text: a middle dot for a leading space, an ellipsis for a piece that goes on with a word."""
        token = self.tokens[number]
        return token.label if token.is_special or self.spaced or not token.continues else f"…{token.text}"

    def name(self, number: int) -> str:
        """A token as prose names it: its text, with an ellipsis before a piece that goes on with a word."""
        token = self.tokens[number]
        return token.text if token.is_special or self.spaced or not token.continues else f"…{token.text}"

    def names(self, numbers: Sequence[int]) -> tuple[str, ...]:
        """Tokens as prose names them; where two would be named alike, all as :meth:`label` tells them apart."""
        plain = [self.name(number) for number in numbers]
        return tuple(plain if len(set(plain)) == len(plain) else map(self.label, numbers))

    def whole_words(self) -> Int[np.ndarray, " token"]:
        """Ids of tokens that are a word, or begin one, of letters only."""
        spaced = self.spaced
        return np.array(
            [
                token.id
                for token in self.tokens
                if not token.is_special
                and token.text.isalpha()
                and (token.leading_space if spaced else not token.continues)
            ],
            dtype=np.int64,
        )


@dataclass(frozen=True)
class TableFacts:
    """A token table without its vectors.

    Attributes:
        tokens: How many tokens it has.
        width: How many numbers each vector has.
        tied: True if the input and the output table are one.
        median_norm: The length that half of all vectors reach.
    """

    tokens: int
    width: int
    tied: bool
    median_norm: float


def table_facts(table: TokenTable) -> TableFacts:
    """What there is to say of a table without looking into it."""
    tokens, width = table.vectors.shape
    return TableFacts(tokens, width, table.tied, float(np.median(table.norms)))


def table_kinds(model: LoadedModel) -> tuple[TableKind, ...]:
    """Which tables a model has; the output table only where it is another than the input table."""
    _, exit_, tied = _tables(model)
    return ("input",) if exit_ is None or tied else ("input", "output")


def token_table(
    model: LoadedModel, kind: TableKind = "input", *, progress: ProgressCallback = ignore_progress
) -> TokenTable:
    """The vectors of every token of a model.

    Args:
        model: From :func:`llm_core.load_model`.
        kind: ``"input"``: what stands at the bottom of the model. ``"output"``: what its head compares a state
            with; in many models they are the same ("tied").
        progress: Told before the vocabulary is read.

    Raises:
        SelectionError: There is no such kind.
        UnsupportedModelError: The model has no table of this kind with a row for each token.
    """
    if kind not in ("input", "output"):
        raise SelectionError(f"Expected the table “input” or “output”, got {kind!r}.")
    entrance, exit_, tied = _tables(model)
    weights = entrance if kind == "input" else exit_
    if weights is None:
        missing = "no table of input vectors" if kind == "input" else "no head that says words"
        raise UnsupportedModelError(f"{model.spec.name} has {missing}. Choose another table, or another model.")
    progress(Progress(0.2, f"Reading the vocabulary of {model.spec.name}"))
    known = min(len(weights), len(model.tokenizer))
    vectors = weights[:known]
    return TokenTable(
        model_name=model.spec.name,
        kind=kind,
        vectors=vectors,
        norms=np.linalg.norm(vectors, axis=1).astype(np.float32),
        tokens=model.reader.sequence(range(known)),
        tied=tied,
    )


def _tables(model: LoadedModel) -> tuple[np.ndarray | None, np.ndarray | None, bool]:
    """The input and the output table, and True if they are one."""
    entrance = _weight(model.model.get_input_embeddings())
    exit_ = _weight(model.model.get_output_embeddings())
    tied = entrance is not None and exit_ is not None and entrance.data_ptr() == exit_.data_ptr()
    first = _array(entrance)
    return first, first if tied and entrance.shape == exit_.shape else _array(exit_), tied


def _weight(module: object) -> Any:
    """A table as the model has it, or None if the module is none."""
    weight = getattr(module, "weight", None)
    return weight if weight is not None and weight.ndim == 2 else None


def _array(weight: Any) -> np.ndarray | None:
    return None if weight is None else np.asarray(weight.detach().to("cpu").float().numpy())


@dataclass(frozen=True)
class WordPieces:
    """The tokens a word consists of when it stands inside a text.

    Attributes:
        word: The word as typed.
        tokens: One token, or several.
    """

    word: str
    tokens: tuple[Token, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """Their numbers in the vocabulary."""
        return tuple(token.id for token in self.tokens)


def word_pieces(model: LoadedModel, word: str) -> WordPieces:
    """How a word is split where it stands after a space, or at the start if that takes fewer tokens.

    Raises:
        TextError: There is no word, or the tokenizer has no token for it or for a part of it.
    """
    if not isinstance(word, str) or not word.strip():
        raise TextError("Expected a word, got none. Type one.")
    plain = word.strip()
    try:
        spellings = [
            list(model.tokenize(text=text, add_special_tokens=False)["input_ids"]) for text in (f" {plain}", plain)
        ]
    except (UnicodeError, TypeError) as error:
        raise TextError(f"Expected a word of valid Unicode, got {plain!r}.") from error
    # One unknown part is enough: the vector of [UNK] is that of no word, so no mean with it would be the word's.
    spellings = [ids for ids in spellings if ids and model.tokenizer.unk_token_id not in ids]
    if not spellings:
        raise TextError(f"The tokenizer of {model.spec.name} knows nothing of “{plain}”. Type another word.")
    tokens = model.reader.sequence(min(spellings, key=len))
    return WordPieces(plain, tokens)


def vector_of(table: TokenTable, pieces: WordPieces) -> Float32[np.ndarray, " d_model"]:
    """A word's vector, shape (d_model,): its token's, or the mean of its tokens' where it has several.

    Raises:
        SelectionError: The table has no row for one of the tokens.
    """
    if max(pieces.ids) >= len(table.vectors):
        raise SelectionError(f"The table of {table.model_name} has no vector for “{pieces.word}”.")
    return np.asarray(table.vectors[list(pieces.ids)].mean(axis=0, dtype=np.float32))
