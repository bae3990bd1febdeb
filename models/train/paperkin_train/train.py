"""Step `train`: the student learns from the teacher's vectors, from pairs of texts of one paper, and from fused rankings."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from .batching import by_length, fastest_float, tokenise
from .encoder import Encoder, load_bert, minilm_folder
from .general import read_general
from .lexical import Lexical
from .losses import contrastive, cosine_distance, fused_ranking, ranking_distillation
from .papers import Paper, read_papers, without
from .progress import Progress
from .quantised import load_int8
from .recipe import Recipe
from .rounding import round_as_int8
from .student import student
from .teacher import focus, read_teacher, text_of

TOKENS_A_RUN = 8_192
CHECKPOINT_EVERY = 100
LEXICAL_SAMPLE = 20_000
# What asks for what: of the same paper, and among all papers of a step. A title that is asked for stands for a paper without an abstract.
PAIRS = (("title", "document"), ("sentence", "document"), ("sentence", "title"))
RANKED = (*PAIRS, ("title", "title"), ("document", "document"))


@dataclass
class Taught:
    """Papers with the teacher's vectors of their title and sentence, fp16 (papers, 384) each, and of the first ones' whole text."""

    papers: list[Paper]
    title: np.ndarray
    sentence: np.ndarray
    paper: np.ndarray
    topic: np.ndarray


def topics(vectors: np.ndarray, count: int, seed: int, rounds: int = 8) -> np.ndarray:
    """Topic of each row by spherical k-means."""
    points = torch.from_numpy(vectors.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    centres = points[torch.randperm(len(points), generator=generator)[:count]]
    for _ in range(rounds):
        nearest = torch.cat([(chunk @ centres.T).argmax(1) for chunk in points.split(16_384)])
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        centres = torch.where(sums.norm(dim=1, keepdim=True) > 0, F.normalize(sums, dim=1), centres)
    return nearest.numpy()


def load_taught(data: Path, recipe: Recipe) -> Taught:
    vectors = {kind: read_teacher(data, kind) for kind in ("title", "sentence", "paper")}
    count = min(recipe.taught, len(vectors["title"]), len(vectors["sentence"]))
    papers = read_papers(data / "train.jsonl")[:count]
    cut = {kind: found[:count] for kind, found in vectors.items()}
    near = cut["title"].astype(np.float32) + cut["sentence"].astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    return Taught(papers, **cut, topic=topics(near, min(recipe.topics, count), recipe.seed))


def batches(taught: Taught, recipe: Recipe) -> Iterator[np.ndarray]:
    """Rows of each step for ever: groups of one topic, several topics a batch (Hofstätter et al. 2021, topic-aware sampling)."""
    epoch = 0
    while True:
        random = np.random.default_rng([recipe.seed, epoch])
        groups = []
        for topic in range(int(taught.topic.max()) + 1):
            rows = random.permutation(np.flatnonzero(taught.topic == topic))
            groups += [rows[at : at + recipe.group] for at in range(0, len(rows), recipe.group)]
        # Rests of topics go together last in first out, so that each group is full and no paper is left out but a few.
        full = [group for group in groups if len(group) == recipe.group]
        rest = random.permutation(np.concatenate([group for group in groups if len(group) < recipe.group] or [np.empty(0, dtype=int)]))
        full += [rest[at : at + recipe.group] for at in range(0, len(rest) - recipe.group + 1, recipe.group)]
        order = random.permutation(len(full))
        a_batch = recipe.batch // recipe.group
        for at in range(0, len(order) - a_batch + 1, a_batch):
            yield np.concatenate([full[i] for i in order[at : at + a_batch]])
        epoch += 1


def texts_of(paper: Paper, random: np.random.Generator) -> tuple[str, str, str]:
    """Title, sentence, and a document that lacks one of the two, so that finding it takes more than equal words."""
    document = paper.abstract if random.random() < 0.5 else f"{paper.title}. {without(paper.abstract, focus(paper))}"
    return paper.title, text_of("sentence", paper), document


def window(ids: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """At most `size` ids, [CLS] and [SEP] among them: the first ones or, every second time, some from any place."""
    if size == 0 or len(ids) <= size:
        return ids
    start = 1 if random.random() < 0.5 else random.integers(1, len(ids) - size + 2)
    return np.concatenate([ids[:1], ids[start : start + size - 2], ids[-1:]])


def embed(encoder: Encoder, sequences: list[np.ndarray], device: torch.device) -> Tensor:
    """(texts, hidden), in the order of the texts."""
    rows, found = [], []
    dtype = fastest_float(device)
    with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
        for batch in by_length(sequences, TOKENS_A_RUN):
            found.append(encoder.embed(batch.ids.to(device), batch.mask.to(device)))
            rows += batch.rows
    back = torch.empty(len(rows), dtype=torch.int64)
    back[torch.tensor(rows)] = torch.arange(len(rows))
    return torch.cat(found)[back.to(device)]


def rate(step: int, recipe: Recipe) -> float:
    """Of the learning rate: up over the warm-up, then down to 0 along a cosine."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.5 * (1 + math.cos(math.pi * done))


class Trainer:
    def __init__(self, data: Path, out: Path, recipe: Recipe, *, compiled: bool = False) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.out = recipe, out
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = Tokenizer.from_file(str(data / "tokenizer.json"))
        self.taught = load_taught(data, recipe)
        self.encoder = begun(out, data, recipe).to(self.device)
        if compiled:
            self.encoder.compile(dynamic=True)
        decayed = [weight for weight in self.encoder.parameters() if weight.dim() > 1]
        plain = [weight for weight in self.encoder.parameters() if weight.dim() <= 1]
        groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98))
        # The teacher's vectors are longer than a narrow student's: a linear map, learnt beside it and thrown away, stands between.
        width = self.taught.paper.shape[1]
        self.bridge = None
        if recipe.hidden != width:
            self.bridge = torch.nn.Linear(recipe.hidden, width, bias=False).to(self.device)
            self.optimiser.add_param_group({"params": list(self.bridge.parameters()), "weight_decay": 0.0})
        self.to_general = read_teacher(data, "general")[: recipe.taught_general]
        self.general = read_general(data)[: len(self.to_general)]
        sample = tokenise(self.tokenizer, [paper.text for paper in self.taught.papers[:LEXICAL_SAMPLE]], recipe.max_tokens)
        self.lexical = Lexical([ids[1:-1] for ids in sample], self.encoder.shape.vocabulary)
        self.step = 0

    def vectors(self, kind: np.ndarray, rows: np.ndarray) -> Tensor:
        return F.normalize(torch.from_numpy(kind[rows].astype(np.float32)).to(self.device), dim=1)

    def losses(self, rows: np.ndarray) -> dict[str, Tensor]:
        recipe, random = self.recipe, np.random.default_rng([self.recipe.seed, 1, self.step])
        texts = [texts_of(self.taught.papers[row], random) for row in rows]
        extra = random.integers(0, len(self.general), recipe.general_batch)
        asked = [text for kind in zip(*texts, strict=True) for text in kind] + [self.general[row] for row in extra]
        ids = tokenise(self.tokenizer, asked, recipe.max_tokens)
        read = rows < len(self.taught.paper)
        for place in np.flatnonzero(~read):
            at = 2 * len(rows) + place
            ids[at] = window(ids[at], recipe.window_tokens, random)
        found, general = embed(self.encoder, ids, self.device).split([3 * len(rows), len(extra)])
        title, sentence, document = found.chunk(3)
        to_title, to_sentence = (self.vectors(kind, rows) for kind in (self.taught.title, self.taught.sentence))
        # Where the teacher has not read the whole paper, its title and sentence stand in for the ranking.
        to_paper = F.normalize(to_title + to_sentence, dim=1)
        to_paper[read] = self.vectors(self.taught.paper, rows[read])
        compared, beside = (part if self.bridge is None else self.bridge(part) for part in (found, general))
        known = np.concatenate([np.ones(2 * len(rows), dtype=bool), read])
        cosine = cosine_distance(compared[known], torch.cat([to_title, to_sentence, to_paper])[known])
        of_general = cosine_distance(beside, self.vectors(self.to_general, extra))

        count = len(rows)
        bare = [text[1:-1] for text in ids]
        words = {"title": bare[:count], "sentence": bare[count : 2 * count], "document": bare[2 * count : 3 * count]}
        taught = {"title": to_title, "sentence": to_sentence, "document": to_paper}
        targets = [
            fused_ranking(taught[asked] @ taught[held].T, self.lexical.share(words[asked], words[held]).to(self.device), recipe.lexical_share)
            for asked, held in RANKED
        ]
        pairs, ranking = [], []
        for length in recipe.lengths:
            cut = {name: F.normalize(part[:, :length], dim=1) for name, part in (("title", title), ("sentence", sentence), ("document", document))}
            pairs.append(sum(contrastive(cut[asked], cut[held], recipe.temperature) for asked, held in PAIRS) / len(PAIRS))
            scores = [cut[asked] @ cut[held].T for asked, held in RANKED]
            ranking.append(sum(map(lambda s, t: ranking_distillation(s, t, recipe.temperature), scores, targets)) / len(RANKED))
        # The full length counts as much as all the cut ones together.
        share = torch.tensor([1.0] + [1 / max(1, len(recipe.lengths) - 1)] * (len(recipe.lengths) - 1), device=self.device)
        share /= share.sum()
        return {
            "cosine": cosine,
            "general": of_general,
            "contrastive": (torch.stack(pairs) * share).sum(),
            "ranking": (torch.stack(ranking) * share).sum(),
        }

    def run(self, until: int | None = None) -> None:
        recipe = self.recipe
        self.resume()
        log = open(self.out / "losses.jsonl", "a", encoding="utf-8")
        progress, already = Progress(f"train {recipe.name}", recipe.steps), self.step
        for number, rows in enumerate(batches(self.taught, recipe)):
            if self.step >= min(until or recipe.steps, recipe.steps):
                break
            if number < self.step:
                continue
            for group in self.optimiser.param_groups:
                group["lr"] = recipe.learning_rate * rate(self.step, recipe)
            if self.step >= recipe.steps - recipe.quantised_steps:
                round_as_int8(self.encoder)
            losses = self.losses(rows)
            total = sum(getattr(recipe, name) * loss for name, loss in losses.items())
            total.backward()
            torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
            self.step += 1
            values = {name: round(loss.item(), 5) for name, loss in losses.items()}
            log.write(json.dumps({"step": self.step, "total": round(total.item(), 5), **values}) + "\n")
            progress.show(self.step, str(values), already=already)
            if self.step % CHECKPOINT_EVERY == 0:
                log.flush()
                self.save()
        log.close()
        self.save()
        progress.done(f"{self.step} steps of {recipe.batch} papers")

    def save(self) -> None:
        state = {
            "step": self.step,
            "encoder": self.encoder.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "bridge": None if self.bridge is None else self.bridge.state_dict(),
        }
        unfinished = self.out / "checkpoint.part"
        torch.save(state, unfinished)
        unfinished.rename(self.out / "checkpoint.pt")

    def resume(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device)
        self.step = state["step"]
        self.encoder.load_state_dict(state["encoder"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.bridge is not None:
            self.bridge.load_state_dict(state["bridge"])
        # Lines past the checkpoint belong to steps that are done again.
        log = self.out / "losses.jsonl"
        kept = [line for line in log.read_text().splitlines() if json.loads(line)["step"] <= self.step] if log.exists() else []
        log.write_text("".join(line + "\n" for line in kept))


def begun(out: Path, data: Path, recipe: Recipe) -> Encoder:
    """What training begins with: the int8 model of the recipe's `start`, or MiniLM cut down to the recipe's shape and pieces."""
    pieces = json.loads((data / "pieces.json").read_text())
    encoder = student(load_bert(minilm_folder()), pieces, layers=recipe.layers, feed_forward=recipe.feed_forward, hidden=recipe.hidden)
    if recipe.start:
        start = out.parent / recipe.start
        vocabularies = [Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab() for folder in (start, data)]
        if vocabularies[0] != vocabularies[1]:
            raise SystemExit(f"{start}: its word pieces are not those of {data}")
        load_int8(start / "model_quantized.onnx", encoder)
    return encoder


def finished(out: Path, data: Path, recipe: Recipe) -> Encoder:
    """The weights of the last checkpoint, `start_share` of the way back to what training began with (Wortsman et al. 2022, WiSE-FT)."""
    encoder = begun(out, data, recipe)
    trained = torch.load(out / "checkpoint.pt", map_location="cpu")["encoder"]
    if recipe.start_share == 0:
        encoder.load_state_dict(trained)
    else:
        encoder.load_state_dict({name: torch.lerp(trained[name], weight, recipe.start_share) for name, weight in encoder.state_dict().items()})
    return encoder.eval()
