"""The start from a graph that `quantise` wrote."""

from pathlib import Path

import onnx
import torch
from torch import nn

from .encoder import Encoder


def load_int8(graph: Path, encoder: Encoder) -> None:
    """Fills an encoder of the same shape with the weights of the graph, every int8 times its scale."""
    model = onnx.load(str(graph)).graph
    found = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()) for tensor in model.initializer}
    weights = {name.removeprefix("encoder."): tensor for name, tensor in found.items() if name.startswith("encoder.")}
    weights["words.weight"] = found["words"].float() * found["words_scale"]
    linear = [f"{name}.weight" for name, module in encoder.named_modules() if isinstance(module, nn.Linear)]
    # The graph names them by number, in the order in which they are used, which is the order of the modules.
    products = [node.input[1].removesuffix("_quantized") for node in model.node if node.op_type == "MatMulInteger"]
    for name, product in zip(linear, products, strict=True):
        centred = found[f"{product}_quantized"].float() - found[f"{product}_zero_point"].float()
        weights[name] = (centred * found[f"{product}_scale"]).T.contiguous()
    encoder.load_state_dict(weights)
