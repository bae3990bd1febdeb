"""From texts to padded token ids in batches of like length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

# Lengths are padded to a multiple of this.
STEP = 8


@dataclass(frozen=True)
class TokenBatch:
    rows: list[int]
    ids: Tensor
    mask: Tensor


def fastest_float(device: torch.device) -> torch.dtype:
    """bf16 where the machine multiplies it itself: elsewhere a CPU takes thirty times as long for it as for fp32."""
    fast = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else torch.float32


def pad(sequences: list[np.ndarray | list[int]], pad_id: int = 0) -> tuple[Tensor, Tensor]:
    """(texts, tokens) ids and mask, as wide as the longest, rounded up."""
    width = -(-max(len(ids) for ids in sequences) // STEP) * STEP
    ids = np.full((len(sequences), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(sequences), width), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def by_length(sequences: list, tokens: int) -> Iterator[TokenBatch]:
    """Every sequence once, longest first, in batches of at most `tokens` padded tokens, the shortest at least 3/4 of the longest.

    Short ones go together all the same where they are too few to fill an eighth of a batch.
    """
    order = sorted(range(len(sequences)), key=lambda row: -len(sequences[row]))
    while order:
        width = -(-len(sequences[order[0]]) // STEP) * STEP
        most, least = max(1, tokens // width), max(1, tokens // 8 // width)
        take = next((n for n, row in enumerate(order) if n >= least and (n >= most or len(sequences[row]) < 0.75 * width)), len(order))
        rows, order = order[:take], order[take:]
        yield TokenBatch(rows, *pad([sequences[row] for row in rows]))


def tokenise(tokenizer: Tokenizer, texts: list[str], max_tokens: int) -> list[np.ndarray]:
    """Ids with the special tokens, cut to `max_tokens` so that the last is still [SEP]."""
    tokenizer.enable_truncation(max_length=max_tokens)
    tokenizer.no_padding()
    return [np.array(encoding.ids, dtype=np.int32) for encoding in tokenizer.encode_batch(texts)]
