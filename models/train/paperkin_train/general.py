"""Short texts about anything, so that the student keeps what the teacher knows beyond the papers: definitions, names of things, random words."""

import csv
import gzip
import importlib.metadata
import json
import re
from pathlib import Path

import numpy as np

from .vocabulary import FUNCTION_WORDS

# A line of WordNet's data files: numbers, a count of words in hex, so many words with a number each, pointers, and after the bar the gloss.
# https://wordnet.princeton.edu/documentation/wndb5wn
SYNSET = re.compile(r"^\d{8} \d\d [nvasr] ([0-9a-f]{2}) (.*) \| (.*)$")
PARTS = ("noun", "verb", "adj", "adv")
WORDS_A_MIXTURE = (2, 8)
NAMES_A_MIXTURE = (1, 4)
# Shorter entries only refer to others.
MIN_TERM_CHARS = 40
# Names that read as words, not as formulas.
NAME = re.compile(r"(?!obsolete)[A-Za-z][A-Za-z' -]{2,79}")


def glosses(folder: Path) -> list[str]:
    """"words: meaning" of every synset in a folder of WordNet's `data.*` files."""
    found = []
    for part in PARTS:
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            match = SYNSET.match(line)
            if match is None:
                continue
            names = match[2].split(" ")[: 2 * int(match[1], 16) : 2]
            words = ", ".join(re.sub(r"\([a-z]+\)$", "", name).replace("_", " ") for name in names)
            found.append(f"{words}: {match[3].strip()}")
    return found


def computing_terms(file: Path) -> list[str]:
    """"term: meaning" of every entry of the Free On-line Dictionary of Computing as a dict server reads it: without references."""
    text = gzip.decompress(file.read_bytes()).decode("utf-8", errors="replace")
    found = []
    # A term stands at the margin, its meaning is indented; the first paragraph says what it is.
    for term, meaning in re.findall(r"^(\S[^\n]*)\n\n((?:   [^\n]*\n)+)", text, flags=re.MULTILINE):
        words = re.sub(r"<[^>]*>|[{}]|\[[^\]]*\]|^\s*1\.", " ", meaning)
        found.append(f"{term.strip()}: {' '.join(words.split())}")
    return [entry for entry in found if len(entry) >= MIN_TERM_CHARS]


def mixtures(words: dict[str, int], count: int, seed: int) -> list[str]:
    """Texts of a few words each, drawn by the fourth root of their counts: rare ones come often enough to be learnt."""
    random = np.random.default_rng([seed, 2])
    names = sorted(word for word in words if word.isalpha() and len(word) > 2 and word not in FUNCTION_WORDS)
    share = np.array([words[name] for name in names], dtype=float) ** 0.25
    sizes = random.integers(WORDS_A_MIXTURE[0], WORDS_A_MIXTURE[1] + 1, count)
    drawn = random.choice(len(names), sizes.sum(), p=share / share.sum())
    return [" ".join(names[i] for i in part) for part in np.split(drawn, np.cumsum(sizes)[:-1])]


def life_science_names() -> list[str]:
    """Names of diseases, organs, processes, substances and the like in the mappings (CC0) that the package `biomappings` carries."""
    found = set()
    folder = Path(str(importlib.metadata.distribution("biomappings").locate_file("biomappings/resources")))
    for path in folder.glob("*.sssom.tsv"):
        with open(path, encoding="utf-8") as lines:
            for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
                found.update(name for name in (row["subject_label"], row["object_label"]) if name and NAME.fullmatch(name))
    return sorted(found)


def together(names: list[str], seed: int) -> list[str]:
    """Every name once, alone or in a text with a few others."""
    random = np.random.default_rng([seed, 4])
    order = random.permutation(len(names))
    cuts = np.cumsum(random.integers(NAMES_A_MIXTURE[0], NAMES_A_MIXTURE[1] + 1, len(names)))
    return [" ".join(names[i] for i in part) for part in np.split(order, cuts[cuts < len(names)])]


def general(data: Path, *, wordnet: Path | None, foldoc: Path | None, mixed: int, seed: int) -> None:
    """Writes `general.json`, a list of texts in random order."""
    texts = glosses(wordnet) if wordnet is not None else []
    texts += computing_terms(foldoc) if foldoc is not None else []
    names = life_science_names()
    texts += together(names, seed)
    texts += mixtures(json.loads((data / "words.json").read_text()), mixed, seed)
    order = np.random.default_rng([seed, 3]).permutation(len(texts))
    (data / "general.json").write_text(json.dumps([texts[i] for i in order], ensure_ascii=False))
    print(f"{len(texts)} general texts, {mixed} of them random words, {len(names)} names of things")


def read_general(data: Path) -> list[str]:
    return json.loads((data / "general.json").read_text())
