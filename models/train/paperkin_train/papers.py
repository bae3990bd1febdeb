"""Step `prepare`: reads papers as JSONL, cleans them, and sets some aside that are never trained on."""

import gzip
import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .progress import Progress

MIN_ABSTRACT_CHARS = 200
MIN_SENTENCE_CHARS = 40
# A full stop that ends a sentence: not after an initial or a usual abbreviation, and before a capital or a digit.
SENTENCE_END = re.compile(r"(?<!\b[A-Z])(?<!\be\.g)(?<!\bi\.e)(?<!\bet al)(?<!\bvs)(?<!\bcf)(?<!\bFig)(?<!\bEq)[.!?]\s+(?=[A-Z0-9\"(\\$])")

# Papers about life: few among computer science, far from the rest in their words.
LIFE_SCIENCES = re.compile(r"\b(proteins?|genes?|genom\w+|patients?|clinical\w*|tumou?rs?|diseases?|cells?|cellular|mice|cancers?|drugs?|brain|neurons?|viral|virus(es)?)\b")


@dataclass(frozen=True)
class Paper:
    id: str
    title: str
    abstract: str

    @property
    def text(self) -> str:
        """The one text that stands for a paper, as the service makes it."""
        return f"{self.title}. {self.abstract}"


def read_jsonl(path: Path) -> Iterator[dict]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def normalised_title(title: str) -> str:
    """Lower case, letters and digits only: the same work in two sources has the same one."""
    return "".join(c for c in unicodedata.normalize("NFKC", title).lower() if c.isalnum())


def sentences(abstract: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences that are long enough to stand for a need."""
    ends = [match.start() + 1 for match in SENTENCE_END.finditer(abstract)] + [len(abstract)]
    spans, start = [], 0
    for end in ends:
        while start < end and abstract[start].isspace():
            start += 1
        if end - start >= MIN_SENTENCE_CHARS:
            spans.append((start, end))
        start = end
    return spans


def without(abstract: str, span: tuple[int, int]) -> str:
    return (abstract[: span[0]].rstrip() + " " + abstract[span[1] :].lstrip()).strip()


def evaluation_titles(folder: Path) -> set[str]:
    """Normalised titles of every paper in the evaluation folders below `folder`."""
    return {normalised_title(row["title"]) for path in sorted(folder.glob("*/corpus.jsonl.gz")) for row in read_jsonl(path)}


def _order(paper: Paper, seed: int, life_sciences: float) -> float:
    """Sorting by it draws without replacement by weight (Efraimidis and Spirakis 2006): 1, or `life_sciences` for papers about life."""
    drawn = (1 + int.from_bytes(hashlib.sha256(f"{seed} {paper.id}".encode()).digest()[:6])) / 2**48
    return -math.log(drawn) / (life_sciences if LIFE_SCIENCES.search(paper.abstract) else 1)


def prepare(sources: list[Path], out: Path, *, limit: int, held_out: int, seed: int, life_sciences: float, leave_out: set[str]) -> None:
    """Writes `train.jsonl` and `held-out.jsonl`, both in an order that depends on the seed and the papers alone.

    Left out: papers without a title or with a short abstract, later papers of an earlier title, titles in `leave_out`.
    The held-out papers are the last `held_out` lines of the last source, so that they can be named without this program.
    """
    seen = set(leave_out)
    kept: list[Paper] = []
    progress = Progress("prepare")
    counts = {"read": 0, "short": 0, "repeated or left out": 0}
    rows = [row for source in sources for row in read_jsonl(source)]
    # From the end, so that a held-out paper is kept and its twins elsewhere are dropped.
    for row in reversed(rows):
        counts["read"] += 1
        title, abstract = " ".join(row.get("title", "").split()), " ".join(row.get("abstract", "").split())
        key = normalised_title(title)
        if not key or len(abstract) < MIN_ABSTRACT_CHARS:
            counts["short"] += 1
        elif key in seen:
            counts["repeated or left out"] += 1
        else:
            seen.add(key)
            kept.append(Paper(row["id"], title, abstract))
            if len(kept) == limit + held_out:
                break
    aside, rest = kept[:held_out], kept[held_out:]
    out.mkdir(parents=True, exist_ok=True)
    for name, papers in (("held-out", aside), ("train", sorted(rest, key=lambda paper: _order(paper, seed, life_sciences)))):
        with open(out / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for paper in papers:
                file.write(json.dumps(paper.__dict__, ensure_ascii=False) + "\n")
    progress.done(f"{counts}, {len(rest)} to train on, {len(aside)} held out")


def read_papers(path: Path) -> list[Paper]:
    return [Paper(**row) for row in read_jsonl(path)]
