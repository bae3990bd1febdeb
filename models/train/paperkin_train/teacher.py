"""Step `teacher`: vectors of the teacher for titles, single sentences, whole papers and general texts, kept on disk shard by shard."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from .batching import by_length, fastest_float, tokenise
from .encoder import Encoder, load_bert, minilm_folder
from .general import read_general
from .papers import Paper, read_papers, sentences
from .progress import Progress

SHARD = 4096
TOKENS_A_BATCH = 16_384
MAX_TOKENS = 256


def focus(paper: Paper) -> tuple[int, int]:
    """The span of the one sentence that stands for a need; the same in every run."""
    spans = sentences(paper.abstract)
    return spans[int.from_bytes(hashlib.sha256(paper.id.encode()).digest()[:4]) % len(spans)]


def text_of(kind: str, paper: Paper) -> str:
    if kind == "title":
        return paper.title
    if kind == "paper":
        return paper.text
    start, end = focus(paper)
    return paper.abstract[start:end]


def encode(encoder: Encoder, tokenizer: Tokenizer, texts: list[str], max_tokens: int = MAX_TOKENS) -> np.ndarray:
    """(texts, hidden) fp32, unit length."""
    sequences = tokenise(tokenizer, texts, max_tokens)
    device = encoder.words.weight.device
    vectors = np.empty((len(texts), encoder.shape.hidden), dtype=np.float32)
    with torch.inference_mode():
        for batch in by_length(sequences, TOKENS_A_BATCH):
            found = encoder.embed(batch.ids.to(device), batch.mask.to(device))
            vectors[batch.rows] = torch.nn.functional.normalize(found, dim=1).cpu().numpy()
    return vectors


def teacher(data: Path, *, short: int, whole: int, general: int) -> None:
    """Writes `teacher/<kind>-<shard>.npy`, fp16 (SHARD, 384) each; a shard that is there is not computed again.

    Titles and sentences of the first `short` papers, whole papers of the first `whole`: those take ten times as long.
    """
    papers = read_papers(data / "train.jsonl")[: max(short, whole)]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = load_bert(minilm_folder()).to(device, fastest_float(device))
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    _write_kind(data, "general", read_general(data)[:general], model, tokenizer)
    for kind, count in (("title", short), ("sentence", short), ("paper", whole)):
        _write_kind(data, kind, [text_of(kind, paper) for paper in papers[:count]], model, tokenizer)


def _write_kind(data: Path, kind: str, texts: list[str], model: Encoder, tokenizer: Tokenizer) -> None:
    folder = data / "teacher"
    folder.mkdir(exist_ok=True)
    progress, already = Progress(f"teacher, {kind}", len(texts)), 0
    for start in range(0, len(texts), SHARD):
        path, end = folder / f"{kind}-{start // SHARD:04}.npy", min(start + SHARD, len(texts))
        if path.exists() and len(np.load(path, mmap_mode="r")) >= end - start:
            already = end
            continue
        unfinished = folder / "unfinished"
        with open(unfinished, "wb") as file:
            np.save(file, encode(model, tokenizer, texts[start:end]).astype(np.float16))
        unfinished.rename(path)
        progress.show(end, already=already)
    progress.done(f"{len(texts)} vectors")


def read_teacher(data: Path, kind: str) -> np.ndarray:
    """All shards of a kind one after the other, fp16 (papers, 384): the first so many papers of `train.jsonl`."""
    return np.concatenate([np.load(path) for path in sorted((data / "teacher").glob(f"{kind}-*.npy"))])
