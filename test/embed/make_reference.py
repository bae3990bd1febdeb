"""Writes reference-vectors.json, independently of the service: no line of Paperkin runs here.

  pip install onnxruntime==1.15.0 tokenizers==0.23.3 "numpy<2"
  python3 test/embed/make_reference.py

1.15.0 is the oldest Python build there is, next to Node's 1.14.0: both round int8 at the same places. Newer ones fuse other
operators, and on a few texts an activation falls on the other side of a rounding.

The texts below and the first papers of the seed corpus, 200 in all; one text a run (no padding), at most maxTokens tokens with the
final [SEP] kept, mean over the tokens, unit length; vectors as base64 of little-endian int16, 32767 for 1.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODEL = ROOT / "models" / "paperkin-papers"
COUNT = 200

TEXTS = [
    "Attention Is All You Need",
    "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
    "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs",
    "transformers",
    "protein",
    "a",
    "How do I fine-tune a language model with little memory?",
    "Deep residual learning. Deeper neural networks are more difficult to train. We present a residual learning framework to ease "
    "the training of networks that are substantially deeper than those used previously.",
    "We study the sample complexity of reinforcement learning in episodic Markov decision processes with linear function "
    "approximation and give an algorithm whose regret is at most $\\tilde{O}(\\sqrt{d^3 H^3 T})$.",
    "Let $f: \\mathbb{R}^n \\to \\mathbb{R}$ be $L$-smooth; then $\\|\\nabla f(x) - \\nabla f(y)\\|_2 \\le L\\|x-y\\|_2$ \\cite{nesterov2004}.",
    "Über die Vollständigkeit des Logikkalküls: Gödel, Poincaré, Erdős and Łukasiewicz revisited",
    "大規模言語モデルによる科学論文の推薦",
    "Обучение с подкреплением для робототехники",
    "Emoji 🙂🚀 and symbols ± ≤ ∞ → in scientific abstracts – does “tokenisation” survive?",
    "  Spaces \t and\nline   breaks\r\nin odd    places  ",
    "GPT-4o, LLaMA-3.1-70B & Mixtral 8x7B: a 2024 comparison (v2.1) at https://example.org/bench?id=42#results",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "A quantum algorithm for systems of linear equations. Solving linear systems of equations is a common problem that arises both "
    "on its own and as a subroutine in more complex problems. We exhibit a quantum algorithm that runs in poly(log N, kappa) time.",
    "Single-cell RNA sequencing of tumour-infiltrating T cells reveals clonal expansion after checkpoint blockade; code and data "
    "are available.",
    # Over 256 tokens: the cut is part of what is compared.
    "Dense retrieval of scientific papers. "
    + " ".join(
        f"In experiment {n} we embed the title and abstract of every paper, build a proximity graph over the unit vectors, and "
        f"measure recall at ten against an exact scan for {n * 17} queries." for n in range(1, 16)
    ),
]


def main() -> None:
    manifest = json.loads((MODEL / "manifest.json").read_text())
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    session = onnxruntime.InferenceSession(str(MODEL / manifest["graph"]), providers=["CPUExecutionProvider"])
    names = [node.name for node in session.get_inputs()]
    lines = (ROOT / "seeds" / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    papers = [json.loads(line) for line in lines[: COUNT - len(TEXTS)]]
    texts = TEXTS + [manifest["paperTemplate"].format(title=paper["title"], abstract=paper["abstract"]) for paper in papers]
    vectors, counts = [], []
    for text in texts:
        ids = tokenizer.encode(text).ids
        counts.append(len(ids))
        if len(ids) > manifest["maxTokens"]:
            ids = ids[: manifest["maxTokens"] - 1] + ids[-1:]
        row = np.array([ids], dtype=np.int64)
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        hidden = session.run(["last_hidden_state"], {name: inputs[name] for name in names})[0][0]
        mean = hidden.astype(np.float64).mean(axis=0)
        vectors.append(mean / np.linalg.norm(mean))
    packed = np.round(np.array(vectors) * 32767).astype("<i2").tobytes()
    answer = {
        "graphSha256": manifest["files"][manifest["graph"]]["sha256"],
        "texts": texts,
        "tokenCounts": counts,
        "vectors": base64.b64encode(packed).decode(),
    }
    (HERE / "reference-vectors.json").write_text(json.dumps(answer, ensure_ascii=False) + "\n")
    print(len(texts), "texts,", max(counts), "tokens at most")


if __name__ == "__main__":
    main()
