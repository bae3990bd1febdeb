"""Layers that can round as int8 will in the forward pass, and not at all in the backward pass (Jacob et al. 2018)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


# The greatest integer of a weight and of a number of a word vector: `onnx_export.quantise` says why they differ.
WEIGHT = 64
WORD = 127


def _rows(weight: Tensor, greatest: int) -> Tensor:
    """Signed, symmetric, one scale a row: as the quantiser writes output channels and word vectors."""
    scale = weight.abs().amax(dim=-1, keepdim=True).clamp_min(1e-8) / greatest
    return (weight / scale).round() * scale


def _text(x: Tensor) -> Tensor:
    """Unsigned with a zero point, one range a text: as DynamicQuantizeLinear rounds where texts run one by one."""
    rest = tuple(range(1, x.dim()))
    low, high = x.amin(rest, keepdim=True).clamp_max(0), x.amax(rest, keepdim=True).clamp_min(0)
    scale = ((high - low) / 255).clamp_min(1e-8)
    zero = (-low / scale).round()
    return ((x / scale + zero).round().clamp(0, 255) - zero) * scale


class Linear(nn.Linear):
    rounding = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.rounding:
            return super().forward(x)
        with torch.no_grad():
            lost_of_weight = _rows(self.weight, WEIGHT) - self.weight
            lost_of_x = (_text(x.float()) - x.float()).to(x.dtype)
        return F.linear(x + lost_of_x, self.weight + lost_of_weight, self.bias)


class Embedding(nn.Embedding):
    rounding = False

    def forward(self, ids: Tensor) -> Tensor:
        rows = super().forward(ids)
        if not self.rounding:
            return rows
        with torch.no_grad():
            lost = _rows(rows, WORD) - rows
        return rows + lost


def round_as_int8(encoder: nn.Module) -> None:
    """From here on the encoder's layers round; positions and types stay fp32 in the graph and are plain embeddings."""
    for module in encoder.modules():
        if isinstance(module, (Linear, Embedding)):
            module.rounding = True
