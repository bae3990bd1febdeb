"""A recipe: everything that decides what model comes out, read from a TOML file."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Recipe:
    name: str
    seed: int
    # Which papers: how many at most to train on, how many set aside.
    papers: int
    held_out: int
    # How many times as likely a paper about life is to be among the first, which the teacher reads.
    life_sciences: float
    # Word pieces: whole words added to MiniLM's, and the fewest uses that keep one of MiniLM's.
    whole_words: int
    min_uses: int
    # The student: the recipe whose int8 model it goes on from, or "": MiniLM's layers, feed-forward units kept, hidden width.
    start: str
    # How much of what training began with is in the weights that are exported; 0: nothing, 0.5: the mean of both.
    start_share: float
    layers: list[int]
    feed_forward: int
    hidden: int
    max_tokens: int
    # The teacher reads title and a sentence of so many papers, and the whole of so many of them.
    taught: int
    taught_whole: int
    # A paper that the teacher has not read whole is shown as so many tokens at most; 0: whole all the same.
    window_tokens: int
    # Short texts about anything: random words in how many of them, how many the teacher reads, and how many a step.
    mixtures: int
    taught_general: int
    general_batch: int
    # Training: papers a step, steps, and how the learning rate goes.
    batch: int
    steps: int
    learning_rate: float
    warmup: int
    weight_decay: float
    # A batch is made of groups of papers on one topic each.
    topics: int
    group: int
    # Losses and their weights.
    temperature: float
    cosine: float
    general: float
    contrastive: float
    ranking: float
    lexical_share: float
    # Vector lengths that are to work by cutting, the full one first.
    lengths: list[int]
    # The last steps run with weights and activations rounded as int8 will round them.
    quantised_steps: int


def read_recipe(path: Path) -> Recipe:
    given = tomllib.loads(path.read_text())
    known = {field.name for field in fields(Recipe)}
    if given.keys() != known:
        raise SystemExit(f"{path}: missing {sorted(known - given.keys())}, unknown {sorted(given.keys() - known)}")
    return Recipe(**given)
