"""Steps `export` and `quantise`: an encoder to an ONNX graph of the usual names, and that graph to int8."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from .batching import tokenise
from .encoder import Encoder
from .evaluate import Embed

# The oldest runtime that is to read the graph, onnxruntime 1.14, knows opset 18 and IR version 8.
OPSET = 14
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUT = "last_hidden_state"


class _Graph(nn.Module):
    """The order of the inputs that every BERT export has."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.encoder(input_ids, attention_mask, token_type_ids)


def export(encoder: Encoder, path: Path) -> None:
    """Writes an fp32 graph; batch and length are free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    example = torch.ones(2, 8, dtype=torch.int64)
    free = {name: {0: "batch", 1: "tokens"} for name in [*INPUTS, OUTPUT]}
    with warnings.catch_warnings():
        # The tracing exporter warns that it is the older of two; the newer one needs a package more and an opset newer than ours.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Graph(encoder).eval(),
            (example, example, example * 0),
            str(path),
            input_names=INPUTS,
            output_names=[OUTPUT],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(str(path))
    graph.ir_version = 8
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def quantise(fp32: Path, int8: Path) -> None:
    """Dynamic int8: weights signed, a scale for each output channel; word vectors a scale each; activations by the range of each run.

    Weights take 7 of the 8 bits: processors without VNNI add pairs of products in 16 bits, which 8 would overflow.
    """
    int8.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        str(fp32), str(int8), op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
    )
    model = onnx.load(str(int8))
    _quantise_words(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(int8))


def _quantise_words(graph: onnx.GraphProto) -> None:
    """The largest table row by row: the quantiser's own way, one scale for all words, loses most of what int8 loses."""
    [lookup] = [node for node in graph.node if node.op_type == "Gather" and node.input[1] == INPUTS[0]]
    [table] = [tensor for tensor in graph.initializer if tensor.name == lookup.input[0]]
    words = onnx.numpy_helper.to_array(table)
    scales = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-8) / 127
    rounded = np.round(words / scales).astype(np.int8)
    graph.initializer.remove(table)
    graph.initializer.append(onnx.numpy_helper.from_array(rounded, "words"))
    graph.initializer.append(onnx.numpy_helper.from_array(scales.astype(np.float32), "words_scale"))
    made = onnx.helper.make_node
    steps = [
        made("Gather", ["words", INPUTS[0]], ["words_int8"]),
        made("Cast", ["words_int8"], ["words_float"], to=onnx.TensorProto.FLOAT),
        made("Gather", ["words_scale", INPUTS[0]], ["words_scales"]),
        made("Mul", ["words_float", "words_scales"], [lookup.output[0]]),
    ]
    at = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    for place, step in enumerate(steps):
        graph.node.insert(at + place, step)


def embed_with(graph: Path, tokenizer: Tokenizer, max_tokens: int) -> Embed:
    """Vectors as the service makes them: one text a run, mean over its tokens, unit length, fp32 (texts, hidden)."""
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])

    def embed(texts: list[str]) -> np.ndarray:
        vectors = []
        for ids in tokenise(tokenizer, texts, max_tokens):
            row = ids[None].astype(np.int64)
            states = session.run([OUTPUT], dict(zip(INPUTS, (row, np.ones_like(row), np.zeros_like(row)), strict=True)))[0][0]
            mean = states.mean(axis=0)
            vectors.append(mean / np.linalg.norm(mean))
        return np.stack(vectors)

    return embed
