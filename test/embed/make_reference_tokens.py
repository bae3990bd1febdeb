"""Writes reference-tokens.json: ids and places of tokens as the `tokenizers` library gives them. No line of Paperkin runs here.

  pip install tokenizers==0.23.3
  python3 test/embed/make_reference_tokens.py

Places are UTF-16 code units, null for special tokens. The texts below and the first papers of the seed corpus.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAPERS = 15

TEXTS = [
    "",
    "   ",
    "Graph neural networks, for the win!",
    "The cat and the hat: a co-operate’s “quote”",
    "Gödel, Erdős and 大規模言語モデル 🙂 done",
    "e\u0301tat as état; İstanbul, i\u0307stanbul; ß and ẞ; ΟΔΟΣ end",
    "한국어 강화 학습, हिन्दी भाषा, Обучение с подкреплением",
    "$\\mathcal{O}(n \\log n)$ sorting, \\cite{nesterov2004}",
    "[MASK] and [CLS] in text, a [UNK] b ☃☃ c, word##ing ##x",
    "tab\there\nline  break, nul\u0000 and zero\u200bwidth",
    "ﬁ ligature ½ ™ 💥💥",
    "x" * 150 + " is too long a word, " + "y" * 30 + " is not",
    "GPT-4o & LLaMA-3.1-70B (v2.1) at https://example.org/bench?id=42#results",
]


def units(text: str, characters: int) -> int:
    return len(text[:characters].encode("utf-16-le")) // 2


def main() -> None:
    tokenizer = Tokenizer.from_file(str(ROOT / "models" / "paperkin-papers" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lines = (ROOT / "seeds" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    texts = TEXTS + [json.loads(line)["abstract"] for line in lines[:PAPERS]]
    rows = []
    for text in texts:
        encoding = tokenizer.encode(text)
        spans = [
            None if special else [units(text, start), units(text, end)]
            for (start, end), special in zip(encoding.offsets, encoding.special_tokens_mask)
        ]
        rows.append({"text": text, "ids": encoding.ids, "spans": spans})
    (HERE / "reference-tokens.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(rows), "texts,", sum(len(row["ids"]) for row in rows), "tokens")


if __name__ == "__main__":
    main()
