"""A contender of bench:lookup in Python. Reads one JSON object a line, answers one: build, search.

lookup_peer.py KIND VECTORS DIM M EF_CONSTRUCTION: KIND is hnswlib, faiss, faiss-sq8, usearch, usearch-f16, usearch-i8, faiss-exact;
VECTORS a file of float32 rows of unit length. One thread.
"""

import json
import os
import resource
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

KIND, FILE, DIM, M, EF = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
VECTORS = np.fromfile(FILE, np.float32).reshape(-1, DIM)


def hnswlib_way():
    import hnswlib

    index = hnswlib.Index(space="ip", dim=DIM)
    index.init_index(max_elements=len(VECTORS), M=M, ef_construction=EF)
    index.set_num_threads(1)
    index.add_items(VECTORS, num_threads=1)

    def search(query, k, width):
        labels, _ = index.knn_query(query, k=k, num_threads=1)
        return labels[0]

    return search, lambda width: index.set_ef(width)


def faiss_way():
    import faiss

    faiss.omp_set_num_threads(1)
    if KIND == "faiss-exact":
        index = faiss.IndexFlatIP(DIM)
    elif KIND == "faiss-sq8":
        index = faiss.IndexHNSWSQ(DIM, faiss.ScalarQuantizer.QT_8bit, M, faiss.METRIC_INNER_PRODUCT)
        index.train(VECTORS[:20_000])
    else:
        index = faiss.IndexHNSWFlat(DIM, M, faiss.METRIC_INNER_PRODUCT)
    if KIND != "faiss-exact":
        index.hnsw.efConstruction = EF
    index.add(VECTORS)

    def width_of(width):
        if KIND != "faiss-exact":
            index.hnsw.efSearch = width

    return lambda query, k, width: index.search(query[None], k)[1][0], width_of


def usearch_way():
    from usearch.index import Index

    kinds = {"usearch": "f32", "usearch-f16": "f16", "usearch-i8": "i8"}
    index = Index(ndim=DIM, metric="ip", dtype=kinds[KIND], connectivity=M, expansion_add=EF)
    index.add(np.arange(len(VECTORS)), VECTORS, threads=1)

    def width_of(width):
        index.expansion_search = width

    return lambda query, k, width: index.search(query, k, threads=1).keys, width_of


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    search = width_of = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "build":
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            began = time.perf_counter()
            search, width_of = hnswlib_way() if KIND == "hnswlib" else faiss_way() if KIND.startswith("faiss") else usearch_way()
            seconds = time.perf_counter() - began
            answer = {"seconds": seconds, "bytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024}
        else:
            width_of(asked["width"])
            labels, ms = [], []
            for row in asked["rows"]:
                began = time.perf_counter()
                # One more: the paper that is asked for finds itself.
                found = search(VECTORS[row], asked["k"] + 1, asked["width"])
                ms.append((time.perf_counter() - began) * 1000)
                labels.append([int(label) for label in found])
            answer = {"labels": labels, "ms": ms}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
