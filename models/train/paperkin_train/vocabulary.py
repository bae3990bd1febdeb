"""Step `tokenizer`: the word pieces of MiniLM that papers use, and the whole words that papers use most and MiniLM splits."""

import collections
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from .encoder import minilm_folder
from .papers import read_papers
from .progress import Progress

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
# Punctuation and the scaffolding of LaTeX: a sixth of all tokens, and nearly no meaning. `+`, `*`, `%`, `=`, `#` stay: C++, A*, F#.
PUNCTUATION = r"""[.,;:!?()\[\]{}'"`´‘’“”$\\_^/\-‐‑–—]"""
# Words that hold sentences together: three tenths of the words of a paper. What negates, counts, asks or compares is not among them.
FUNCTION_WORDS = (
    "a also an and are as at be been being both by can for from had has have in into is it its of on or our such than that the their these "
    "they this those to was we were which while with"
).split()
# Bounded by white space instead of \b, whose meaning differs between the regex engines of Python's and JavaScript's tokenizers.
FUNCTION_WORD = rf"(?<!\S)(?:{'|'.join(FUNCTION_WORDS)})(?!\S)"


def wordpiece(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True),
            normalizers.Replace(Regex(PUNCTUATION), " "),
            normalizers.Replace(Regex(FUNCTION_WORD), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def count_words(texts: list[str], tokenizer: Tokenizer) -> collections.Counter[str]:
    words: collections.Counter[str] = collections.Counter()
    progress = Progress("tokenizer", len(texts))
    for done, text in enumerate(texts):
        words.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)))
        progress.show(done)
    return words


def tokenizer(data: Path, *, whole_words: int, min_uses: int, keep: Path | None = None) -> None:
    """Writes `tokenizer.json`, `pieces.json`: for each id the ids of MiniLM's pieces that it stands for, and `words.json`: counts of words.

    A piece of MiniLM is kept where papers use it at least `min_uses` times, single letters and digits always. The added words are those
    that save the most tokens (Gee et al. 2022, Fast Vocabulary Transfer: each begins as the mean of the pieces it replaces).
    `keep` names the tokenizer of a model that training goes on from: its pieces are taken as they are.
    """
    minilm = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    old = minilm.get_vocab()
    words = count_words([paper.text for paper in read_papers(data / "train.jsonl")], wordpiece(old))
    split = {word: [piece.value for piece in minilm.model.tokenize(word)] for word in words}

    uses: collections.Counter[str] = collections.Counter()
    saved: collections.Counter[str] = collections.Counter()
    for word, count in words.items():
        for piece in split[word]:
            uses[piece] += count
        if word.isalpha() and word.isascii() and len(split[word]) > 1 and "[UNK]" not in split[word]:
            saved[word] = count * (len(split[word]) - 1)
    added = sorted(saved, key=lambda word: (-saved[word], word))[:whole_words]
    single = {piece for piece in old if piece.removeprefix("##").isascii() and len(piece.removeprefix("##")) == 1}
    kept = [piece for piece in old if piece not in SPECIAL and (uses[piece] >= min_uses or piece in single)]
    names = SPECIAL + sorted(kept, key=lambda piece: old[piece]) + added
    if keep is not None:
        known = Tokenizer.from_file(str(keep)).get_vocab()
        names = sorted(known, key=known.__getitem__)
    built = wordpiece({name: number for number, name in enumerate(names)})
    built.save(str(data / "tokenizer.json"))
    stands_for = [[old[name]] if name in old else [old[piece.value] for piece in minilm.model.tokenize(name)] for name in names]
    (data / "pieces.json").write_text(json.dumps(stands_for))
    (data / "words.json").write_text(json.dumps({word: count for word, count in words.items() if count >= min_uses}, ensure_ascii=False))

    before = sum(count * len(split[word]) for word, count in words.items())
    after = sum(count * len(built.model.tokenize(word)) for word, count in words.items())
    print(f"{len(names)} pieces, {sum(name not in old for name in names)} of them added words; tokens of the corpus {after / before:.3f} of what the old pieces give")
