"""MiniLM with low-rank adapters in its upper layers and a head that scores every word piece for every sign, in JAX.

The graph is the one that setup/build_encoder.py writes for onnxruntime; the adapters follow E. Hu and others 2021,
"LoRA: Low-Rank Adaptation of Large Language Models". Shapes: B texts, T word pieces, H = 384 hidden values, S signs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file

LAYERS, HEADS, HIDDEN = 6, 12, 384
FROZEN = 3  # lower layers without adapters: they read words, not meaning, and their outputs can be kept
ADAPTED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
DROPPED = 0.1  # share of the hidden values that each step leaves out before the head

Tree = dict[str, Any]


def base(path: Path) -> dict[str, jax.Array]:
    """The published weights, by their published names."""
    return {name: jnp.asarray(array, jnp.float32) for name, array in load_file(path).items() if array.ndim}


def fresh(weights: dict[str, jax.Array], rank: int, signs: int, seed: int) -> Tree:
    """Adapters that change nothing yet, and a head that says no to everything."""
    keys = iter(jax.random.split(jax.random.PRNGKey(seed), 100))
    adapters = {}
    for layer in range(FROZEN, LAYERS):
        for name in ADAPTED:
            wide, narrow = weights[f"encoder.layer.{layer}.{name}.weight"].shape
            down = jax.random.normal(next(keys), (narrow, rank)) / narrow**0.5
            adapters[f"{layer}.{name}"] = {"down": down, "up": jnp.zeros((rank, wide))}
    head = {"weight": 0.02 * jax.random.normal(next(keys), (HIDDEN, signs)), "bias": jnp.full((signs,), -7.0)}
    return {"adapters": adapters, "head": head}


def lower(weights: dict[str, jax.Array], ids: jax.Array, mask: jax.Array) -> jax.Array:
    """The hidden values (B × T × H) after the frozen layers; `ids` and `mask` are B × T."""
    hidden = weights["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    hidden = hidden + weights["embeddings.token_type_embeddings.weight"][0]
    hidden = _normalised(weights, "embeddings.LayerNorm", hidden)
    for layer in range(FROZEN):
        hidden = _layer(weights, {}, layer, hidden, mask)
    return hidden


def scores(weights: dict[str, jax.Array], learned: Tree, hidden: jax.Array, mask: jax.Array, key: Any) -> jax.Array:
    """The logits (B × T × S) from what `lower` gave. With a `key`, some hidden values are left out (training)."""
    for layer in range(FROZEN, LAYERS):
        hidden = _layer(weights, learned["adapters"], layer, hidden, mask)
    if key is not None:
        hidden = hidden * jax.random.bernoulli(key, 1 - DROPPED, hidden.shape) / (1 - DROPPED)
    return hidden @ learned["head"]["weight"] + learned["head"]["bias"]


def of_texts(logits: jax.Array, inner: jax.Array) -> jax.Array:
    """One logit (B × S) a text: the smooth maximum over its word pieces; `inner` (B × T) leaves the marks out."""
    return jax.nn.logsumexp(jnp.where(inner[..., None] > 0, logits, -1e9), axis=1)


def _layer(weights: dict[str, jax.Array], adapters: Tree, layer: int, hidden: jax.Array, mask: jax.Array) -> jax.Array:
    def linear(name: str, value: jax.Array) -> jax.Array:
        prefix = f"encoder.layer.{layer}.{name}"
        out = value @ weights[f"{prefix}.weight"].T + weights[f"{prefix}.bias"]
        adapter = adapters.get(f"{layer}.{name}")
        return out if adapter is None else out + (value @ adapter["down"]) @ adapter["up"]

    def heads(value: jax.Array) -> jax.Array:
        return value.reshape(*value.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

    query, keyed, value = (heads(linear(f"attention.self.{name}", hidden)) for name in ("query", "key", "value"))
    weighed = query @ keyed.transpose(0, 1, 3, 2) / (HIDDEN // HEADS) ** 0.5 + (mask[:, None, None, :] - 1.0) * 1e4
    context = (jax.nn.softmax(weighed, axis=-1) @ value).transpose(0, 2, 1, 3).reshape(hidden.shape)
    prefix = f"encoder.layer.{layer}"
    attended = linear("attention.output.dense", context) + hidden
    attended = _normalised(weights, f"{prefix}.attention.output.LayerNorm", attended)
    wide = jax.nn.gelu(linear("intermediate.dense", attended), approximate=False)
    return _normalised(weights, f"{prefix}.output.LayerNorm", linear("output.dense", wide) + attended)


def _normalised(weights: dict[str, jax.Array], prefix: str, value: jax.Array) -> jax.Array:
    centred = value - value.mean(axis=-1, keepdims=True)
    spread = jnp.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return centred / spread * weights[f"{prefix}.weight"] + weights[f"{prefix}.bias"]


def as_numpy(learned: Tree) -> dict[str, np.ndarray]:
    """What is stored: `<layer>.<name>.down`, `<layer>.<name>.up`, `head.weight`, `head.bias`, in half precision."""
    stored = {f"head.{name}": value for name, value in learned["head"].items()}
    for name, pair in learned["adapters"].items():
        stored |= {f"{name}.{half}": value for half, value in pair.items()}
    return {name: np.asarray(value, np.float16) for name, value in stored.items()}
