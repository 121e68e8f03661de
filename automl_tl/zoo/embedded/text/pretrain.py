"""The recipe that makes the embedded text net again: masked tokens, and which spans belong together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from automl_tl.zoo.embedded.course import Course
from automl_tl.zoo.embedded.text import net
from automl_tl.zoo.embedded.text.corpus import passages

_STEPS = 1500
_AT_ONCE = 64  # documents a step; two spans of each
_TOKENS = 64  # of a span at most, start and end included
_SHORTEST = 16
_DOCUMENT = 96
_LEARNING_RATE = 1.5e-3
_WARM_UP = 0.06  # share of the steps
_ASKED = 768  # tokens a step, about 15 %: always as many, since each new shape builds its kernels anew
_TEMPERATURE = 0.05
_LONGEST_GRADIENT = 1.0
_FORGETTING = 0.98


def pretrain(
    *,
    out: Path,
    seed: int,
    minutes: float | None,
    progress: Callable[[str], None],
    library: Path | None = None,
) -> None:
    """Learn tokens, then the net, from what is not held out, and write both to ``out / tiny_bert``.

    The same seed gives the same weights on the same machine, with the same Python. Two objectives are added:
    masked tokens (BERT, Devlin et al., arXiv 1810.04805), and telling which spans come from one passage
    (DeCLUTR, Giorgi et al., arXiv 2006.03659), which is what pooled features are good for.
    """
    torch.set_flush_denormal(True)  # tiny gradients would take many times as long on a CPU
    seen = {passage.text: passage.module for passage in passages(library) if not passage.is_held_out}
    tokenizer = net.learn_tokens(seen)
    documents = list(_documents(seen, tokenizer=tokenizer))
    total = sum(map(len, documents))
    progress(f"{len(seen):,} passages in {len(documents):,} documents, {total:,} tokens")
    torch.manual_seed(seed)
    pupil = _Pupil(net.build())
    batches = _Batches(documents=documents, seed=seed).drawn()
    course = Course(
        name=net.NAME,
        steps=_STEPS,
        learning_rate=_LEARNING_RATE,
        warm_up=_WARM_UP,
        longest_gradient=_LONGEST_GRADIENT,
        forgetting=_FORGETTING,
        minutes=minutes,
        progress=progress,
    )
    course.train(pupil, loss=lambda: pupil.loss(*next(batches)))
    net.write(out / net.NAME, module=pupil.body, tokenizer=tokenizer)


def _documents(seen: Mapping[str, str], *, tokenizer: Tokenizer) -> Iterator[NDArray[np.int64]]:
    """Token ids of neighbouring passages of one module, joined until they are long enough for two spans."""
    encoded = tokenizer.encode_batch(list(seen), add_special_tokens=False)
    for _, neighbours in groupby(zip(seen.values(), encoded, strict=True), key=itemgetter(0)):
        ids: list[int] = []
        for _, passage in neighbours:
            ids += passage.ids
            if len(ids) >= _DOCUMENT:
                yield np.array(ids, np.int64)
                ids = []
        if len(ids) >= _SHORTEST:
            yield np.array(ids, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batches:
    documents: list[NDArray[np.int64]]
    seed: int

    def drawn(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Without end: ids, attention mask and what is asked, of two spans of each drawn document."""
        randomness = np.random.default_rng(self.seed)
        lengths = np.sqrt([len(ids) for ids in self.documents])  # long ones more often, but not by so much
        shares = lengths / lengths.sum()
        at_once = min(_AT_ONCE, len(self.documents))
        while True:
            drawn = randomness.choice(len(self.documents), at_once, replace=False, p=shares)
            pairs = [_spans(self.documents[i], randomness=randomness) for i in drawn]
            spans = [pair[side] for side in (0, 1) for pair in pairs]
            yield _masked(spans, randomness=randomness)


class _Pupil(nn.Module):
    """The net under a head that guesses masked tokens, which shares the embeddings."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.guess = nn.Sequential(nn.Linear(net.WIDTH, net.WIDTH), nn.GELU(), nn.LayerNorm(net.WIDTH))
        self.bias = nn.Parameter(torch.zeros(net.VOCABULARY))

    def loss(self, ids: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """Of masked tokens and of spans; ``ids``, ``mask``, ``wanted`` (-100: not asked) are [2 B, L]."""
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
            asked = wanted >= 0
            embeddings = self.body.get_input_embeddings().weight  # type: ignore[operator]
            logits = self.guess(hidden[asked]) @ embeddings.t() + self.bias
        masked = F.cross_entropy(logits.float(), wanted[asked])
        weights = mask.unsqueeze(2).float()
        features = F.normalize((hidden.float() * weights).sum(1) / weights.sum(1), dim=1)
        one, other = features.chunk(2)
        alike = one @ other.t() / _TEMPERATURE
        own = torch.arange(len(one))
        return masked + (F.cross_entropy(alike, own) + F.cross_entropy(alike.t(), own)) / 2


def _spans(
    ids: NDArray[np.int64], *, randomness: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two spans, one on either side of a cut, so that they share no words but those said twice."""
    least = min(_SHORTEST, len(ids)) // 2
    cut = int(randomness.integers(least, len(ids) - least + 1))
    sides = [_span(ids[:cut], randomness=randomness), _span(ids[cut:], randomness=randomness)]
    first = int(randomness.integers(2))
    return sides[first], sides[1 - first]


def _span(ids: NDArray[np.int64], *, randomness: np.random.Generator) -> NDArray[np.int64]:
    most = min(len(ids), _TOKENS - 2)
    length = int(randomness.integers(min(_SHORTEST, most), most + 1))
    start = int(randomness.integers(len(ids) - length + 1))
    return ids[start : start + length]


def _masked(
    spans: list[NDArray[np.int64]], *, randomness: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, attention mask, what is asked, [N, L] each: of the asked 80 % are masked, 10 % replaced."""
    pad, _, start, end, mask = range(len(net.SPECIAL))
    ids = np.full((len(spans), _TOKENS), pad)
    for row, span in zip(ids, spans, strict=True):
        row[0], row[1 : len(span) + 1], row[len(span) + 1] = start, span, end
    asked = np.zeros(ids.shape, bool)
    places = np.flatnonzero(ids >= len(net.SPECIAL))
    asked.flat[randomness.choice(places, min(_ASKED, len(places)), replace=False)] = True
    wanted = np.where(asked, ids, -100)
    lot = randomness.random(ids.shape)
    drawn = randomness.integers(len(net.SPECIAL), net.VOCABULARY, ids.shape)
    seen = np.where(asked & (lot < 0.8), mask, np.where(asked & (lot < 0.9), drawn, ids))
    return torch.from_numpy(seen), torch.from_numpy((ids != pad).astype(np.int64)), torch.from_numpy(wanted)
