"""Write a checkpoint as ONNX, prove it against PyTorch, and write the fixture of the Rust test.

The graph is built node by node: batch normalisation folded into the convolutions, their large weights in half
precision on disk, batch size 1, a free time axis T, no constant that depends on T.

    input   mel          [1, 1, 128, T]   T >= 48
    outputs fingerprint  [1, 64, W]       W = (T - 48) / 8 + 1, rounded down; fit_narrow.py's
            style        [1, 128, W]
            genre        [1, G, W]        logits: their mean over a track, through softmax
            mood         [1, 2, W]        valence and energy: their mean over a track, limited to -1..1
            music        [1, 1, W]        logit of music against speech and noise

Genre and mood are linear in the style vector (`fit_labels.py`); their names go into models/labels.json.
Music is a small network of its own on the trunk's features (`fit_gate.py`); the rule by which the program
judges it goes into models/gate.json.

The fixture holds PyTorch's outputs for this input, with b the band and t the frame, in f64 and
then rounded to f32:

    mel[b][t] = -8 + 4 sin(0.13 b + 0.41 t) + 2 cos(0.07 b t),   T = 64
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from features import N_MELS
from network import (
    EMBEDDING_DIM, FINGERPRINT_DIM, L2_EPSILON, LEVEL_FRAMES, LEVEL_LEAD, LEVEL_RANGE, STYLE_BESIDE,
    TEXTURE_LAGS, WINDOW_FRAMES, WINDOW_STRIDE, EchoNet, FittedStyle, Gate, Head, Labels, Refinement, Texture,
    frames_for_windows, level_normalised, load_narrow, load_gate, load_labels, load_network, narrowed,
)

OPSET = 17
IR_VERSION = 8
TOLERANCE = 1e-4
HALF_FROM = 4096
"""Weights of a convolution from which it is stored in half precision: half the bytes, and a difference in the
vectors far below that of the eight bits a fingerprint's value gets."""
FIXTURE_FRAMES = 64
AXIS_END = np.iinfo(np.int64).max
"""The end of an axis, as ONNX's Slice has it."""
OUTPUTS = ["fingerprint", "style", "genre", "mood", "music"]


class GraphBuilder:
    """Collects nodes and weights; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def scalar(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, dtype=np.float32))

    def node(self, operator: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name: str, values: np.ndarray) -> str:
        """Large ones in half precision on disk, which `halved` made exact."""
        if values.size < HALF_FROM:
            return self.constant(name, values)
        return self.node("Cast", [self.constant(f"{name}_half", values.astype(np.float16))], name,
                         to=TensorProto.FLOAT)

    def convolution(self, conv: nn.Conv2d, source: str, name: str) -> str:
        weight = self.weight(f"{name}_weight", conv.weight.detach().numpy())
        bias = self.constant(f"{name}_bias", conv.bias.detach().numpy())
        padding = [conv.padding[0], conv.padding[1]] * 2
        return self.node("Conv", [source, weight, bias], name, kernel_shape=list(conv.kernel_size),
                         strides=list(conv.stride), pads=padding)

    def trunk(self, trunk: nn.Sequential, features: str) -> str:
        for number, layer in enumerate(trunk):
            if isinstance(layer, Refinement):
                refined = self.convolution(layer.step[0], features, f"step{number}")
                total = self.node("Add", [features, refined], f"sum{number}")
                features = self.node("Relu", [total], f"relu{number}")
            elif isinstance(layer, nn.ReLU):
                features = self.node("Relu", [features], f"relu{number}")
            else:
                features = self.convolution(layer[0], features, f"conv{number}")
        return features

    def linear(self, style: str, weight: np.ndarray, bias: np.ndarray, name: str) -> None:
        """[1, 128, W] to [1, len(bias), W]."""
        product = self.node("MatMul", [self.constant(f"{name}_weight", weight[None]), style], f"{name}_product")
        self.node("Add", [product, self.constant(f"{name}_bias", bias[None, :, None])], name)

    def level_normalised(self, mel: str) -> str:
        band_maximum = self.node("ReduceMax", [mel], "band_maximum", axes=[2], keepdims=1)
        loudest = self.node("MaxPool", [band_maximum], "loudest", kernel_shape=[1, LEVEL_FRAMES],
                            strides=[1, 1])
        centre = self.slice(mel, LEVEL_LEAD, LEVEL_LEAD - (LEVEL_FRAMES - 1), 3, "centre")
        relative = self.node("Sub", [centre, loudest], "relative")
        limited = self.node("Clip", [relative, self.scalar("lowest", -LEVEL_RANGE),
                                     self.scalar("highest", 0.0)], "limited")
        raised = self.node("Add", [limited, self.scalar("half_range", LEVEL_RANGE / 2)], "raised")
        return self.node("Mul", [raised, self.scalar("scale", 2 / LEVEL_RANGE)], "level_normalised")

    def head(self, head: Head, features: str, name: str) -> None:
        hidden = self.convolution(head.hidden, features, f"{name}_hidden")
        active = self.node("Elu", [hidden], f"{name}_active")
        self.unit_length(self.convolution(head.project, active, f"{name}_projected"), name)

    def fitted_style(self, style: FittedStyle, features: str, mel: str, name: str) -> None:
        self.head(style.head, features, f"{name}_trained")
        trained = self.node("Unsqueeze", [f"{name}_trained", "frequency_axis"], f"{name}_trained_row")
        joined = self.node("Concat", [trained, self.texture(style.texture, mel)], f"{name}_joined", axis=1)
        self.unit_length(self.convolution(style.project, joined, f"{name}_projected"), name)

    def texture(self, texture: Texture, mel: str) -> str:
        cosines = self.constant("cosines", texture.cosines.numpy())
        cepstrum = self.node("Conv", [mel, cosines], "cepstrum", kernel_shape=list(texture.cosines.shape[2:]))
        shape = self.slice(cepstrum, 1, AXIS_END, 1, "cepstrum_shape")
        parts = [self.window_mean(shape, WINDOW_FRAMES, "texture_mean")]
        for lag in TEXTURE_LAGS:
            later = self.slice(cepstrum, lag, AXIS_END, 3, f"cepstrum_after_{lag}")
            sooner = self.slice(cepstrum, 0, -lag, 3, f"cepstrum_before_{lag}")
            change = self.node("Sub", [later, sooner], f"change_{lag}")
            movement = self.node("Abs", [change], f"movement_{lag}")
            parts.append(self.window_mean(movement, WINDOW_FRAMES - lag, f"texture_movement_{lag}"))
        return self.node("Concat", parts, "texture", axis=1)

    def slice(self, source: str, start: int, end: int, axis: int, name: str) -> str:
        bounds = [self.constant(f"{name}_{part}", np.array([value], dtype=np.int64))
                  for part, value in (("start", start), ("end", end), ("axis", axis))]
        return self.node("Slice", [source, *bounds], name)

    def window_mean(self, source: str, frames: int, name: str) -> str:
        return self.node("AveragePool", [source], name, kernel_shape=[1, frames], strides=[1, WINDOW_STRIDE])

    def unit_length(self, source: str, name: str) -> None:
        """[1, values, 1, W] to vectors [1, values, W] of unit length."""
        vectors = self.node("Squeeze", [source, "frequency_axis"], f"{name}_vectors")
        squares = self.node("Mul", [vectors, vectors], f"{name}_squares")
        total = self.node("ReduceSum", [squares, "channel_axis"], f"{name}_total", keepdims=1)
        safe = self.node("Add", [total, "l2_epsilon"], f"{name}_safe")
        length = self.node("Sqrt", [safe], f"{name}_length")
        self.node("Div", [vectors, length], name)

    def gate(self, gate: Gate, features: str, name: str) -> None:
        hidden = self.convolution(gate.hidden, features, f"{name}_hidden")
        active = self.node("Relu", [hidden], f"{name}_active")
        projected = self.convolution(gate.project, active, f"{name}_projected")
        self.node("Squeeze", [projected, "frequency_axis"], name)


def halved(network: EchoNet, gate: Gate) -> None:
    """Folds each batch norm into its convolution, and rounds large weights to half precision."""
    steps = [layer.step if isinstance(layer, Refinement) else layer for layer in network.trunk]
    for step in steps:
        if isinstance(step, nn.Sequential):
            step[0], step[1] = fuse_conv_bn_eval(*step), nn.Identity()
    for part in (network, gate):
        for convolution in part.modules():
            if isinstance(convolution, nn.Conv2d) and convolution.weight.numel() >= HALF_FROM:
                convolution.weight.data = convolution.weight.data.half().float()


@dataclass
class Whole:
    """All that becomes one graph."""

    network: EchoNet
    labels: Labels
    gate: Gate

    @torch.no_grad()
    def outputs(self, mel: Tensor) -> list[np.ndarray]:
        """PyTorch's outputs, in the order of OUTPUTS."""
        fingerprint, style = self.network(mel)
        music = self.gate(self.network.trunk(level_normalised(mel)))
        return [fingerprint.numpy(), style.numpy(), *self.labels.of(style.numpy()), music.numpy()]


def to_onnx(whole: Whole) -> onnx.ModelProto:
    """The whole graph of an evaluated network that `halved` was applied to."""
    network, labels = whole.network, whole.labels
    graph = GraphBuilder()
    features = graph.trunk(network.trunk, graph.level_normalised("mel"))
    graph.constant("frequency_axis", np.array([2], dtype=np.int64))
    graph.constant("channel_axis", np.array([1], dtype=np.int64))
    graph.scalar("l2_epsilon", L2_EPSILON)
    graph.head(network.fingerprint, features, "fingerprint")
    middle = graph.slice(features, STYLE_BESIDE, -STYLE_BESIDE, 3, "middle")
    if isinstance(network.style, FittedStyle):
        graph.fitted_style(network.style, middle, "mel", "style")
    else:
        graph.head(network.style, middle, "style")
    graph.linear("style", labels.genre_weight, labels.genre_bias, "genre")
    graph.linear("style", labels.mood_weight, labels.mood_bias, "mood")
    graph.gate(whole.gate, features, "music")
    outputs = {"fingerprint": FINGERPRINT_DIM, "style": EMBEDDING_DIM, "genre": len(labels.genres), "mood": 2,
               "music": 1}

    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "echovibe",
            [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, 1, N_MELS, "T"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size, "W"])
             for name, size in outputs.items()],
            graph.weights,
        ),
        producer_name="echovibe",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def fixture_mel() -> Tensor:
    """The input of the module's docstring, [1, 1, 128, 64]."""
    b = np.arange(N_MELS)[:, None]
    t = np.arange(FIXTURE_FRAMES)[None, :]
    mel = -8 + 4 * np.sin(0.13 * b + 0.41 * t) + 2 * np.cos(0.07 * b * t)
    return torch.from_numpy(mel.astype(np.float32))[None, None]


def verify(whole: Whole, model: onnx.ModelProto) -> float:
    """Largest difference between ONNX and PyTorch, and between long pieces and single windows."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(1)
    worst = 0.0
    for n_windows in (1, 2, 7, 33):
        mel = 3 * torch.randn(1, 1, N_MELS, frames_for_windows(n_windows), generator=generator) - 6
        outputs = session.run(OUTPUTS, {"mel": mel.numpy()})
        for name, output, expected in zip(OUTPUTS, outputs, whole.outputs(mel)):
            if output.shape != expected.shape or output.shape[2] != n_windows:
                raise SystemExit(f"{name}: {n_windows} windows gave the shape {output.shape}")
            worst = max(worst, float(np.abs(output - expected).max()))
        for k in range(n_windows):
            begin = k * WINDOW_STRIDE
            alone = session.run(OUTPUTS, {"mel": mel[..., begin : begin + WINDOW_FRAMES].numpy()})
            for output, single in zip(outputs, alone):
                worst = max(worst, float(np.abs(output[..., k] - single[..., 0]).max()))
    if worst > TOLERANCE:
        raise SystemExit(f"ONNX and PyTorch differ by {worst:.2e}, more than {TOLERANCE:g}")
    return worst


def fixture(whole: Whole) -> dict:
    """PyTorch's outputs for the fixture's input, each [window][values]."""
    outputs = whole.outputs(fixture_mel())
    return {
        "made_by": "models/train/export.py, which gives the formula of the input",
        "formula": "mel[b][t] = -8 + 4 sin(0.13 b + 0.41 t) + 2 cos(0.07 b t)",
        "n_mels": N_MELS,
        "n_frames": FIXTURE_FRAMES,
    } | {name: rows(output) for name, output in zip(OUTPUTS, outputs)}


def rows(vectors: np.ndarray) -> list[list[float]]:
    """[1, values, W] as one list for each window, seven significant digits."""
    return [[float(f"{value:.7g}") for value in window] for window in vectors[0].T.tolist()]


def replace_file(path: Path, content: bytes) -> None:
    """Write beside `path` and rename, so that no reader ever sees half a file."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def main() -> None:
    repository = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of a training run")
    parser.add_argument("--out", type=Path, default=repository / "models" / "echovibe.onnx")
    parser.add_argument("--fixture", type=Path, default=repository / "tests" / "fixtures" / "network.json")
    args = parser.parse_args()

    gate, rule = load_gate(args.checkpoint)
    network = load_network(args.checkpoint)
    network.fingerprint = narrowed(network.fingerprint, load_narrow(args.checkpoint))
    halved(network, gate)
    whole = Whole(network, load_labels(args.checkpoint), gate)
    model = to_onnx(whole)
    worst = verify(whole, model)
    replace_file(args.out, model.SerializeToString())
    replace_file(args.fixture, (json.dumps(fixture(whole), separators=(",", ":")) + "\n").encode())
    replace_file(args.out.with_name("labels.json"), (json.dumps(whole.labels.card(), indent=2) + "\n").encode())
    replace_file(args.out.with_name("gate.json"), (json.dumps(rule, indent=2) + "\n").encode())
    parameters = sum(p.numel() for part in (whole.network, whole.gate) for p in part.parameters())
    print(f"{args.out}: {args.out.stat().st_size} bytes, {parameters} parameters, "
          f"largest difference {worst:.1e}")


if __name__ == "__main__":
    main()
