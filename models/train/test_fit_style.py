"""Run: python -m unittest test_fit_style"""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from export import Whole, halved, to_onnx, verify
from features import N_MELS
from fit_style import (
    TEXTURE_SHARE, Material, Projection, fit, head_projection, normalised_within, track_weights, trained_head,
)
from network import (
    EMBEDDING_DIM, FINGERPRINT_DIM, FINGERPRINT_HIDDEN, STYLE_FRAMES, STYLE_HIDDEN, TEXTURE_DIM, EchoNet, FittedStyle, Gate, Head, Labels,
    Texture, frames_for_windows, load_network, narrowed, unit_length,
)


def material() -> Material:
    """40 tracks of 8 sources, most of what sets tracks apart being alike within each."""
    generator = torch.Generator().manual_seed(2)
    sources = np.repeat([f"source {n}" for n in range(8)], 5)
    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator).double()
    head = unit_length(draw(8, EMBEDDING_DIM).repeat_interleave(5, dim=0) + draw(40, EMBEDDING_DIM))
    texture = draw(8, TEXTURE_DIM).repeat_interleave(5, dim=0) + draw(40, TEXTURE_DIM)
    return Material(head, texture, head.T @ head / 40, sources, draw(0, TEXTURE_DIM))


class Fitting(unittest.TestCase):
    def test_a_source_counts_by_the_root_of_its_size(self) -> None:
        weights = track_weights(np.array(["a"] * 9 + ["b"]))
        self.assertAlmostEqual(float(weights[:9].sum() / weights[9]), 3.0)

    def test_what_varies_within_sources_counts_less(self) -> None:
        generator = torch.Generator().manual_seed(1)
        sources = np.repeat(["a", "b", "c", "d"], 50)
        of_source = torch.tensor([-3.0, -1.0, 1.0, 3.0]).repeat_interleave(50)
        noise = torch.randn(200, 2, generator=generator)
        values = torch.stack([of_source + 0.1 * noise[:, 0], 3 * noise[:, 1]], dim=1).double()
        found = normalised_within(values, torch.empty(0, 2).double(), track_weights(sources), sources, 0.01, 1)
        self.assertGreater(abs(float(found.matrix[0, 0])), 10 * abs(float(found.matrix[1, 0])))

    def test_what_degradation_moves_counts_less(self) -> None:
        values = torch.randn(200, 2, generator=torch.Generator().manual_seed(1)).double()
        sources = np.repeat(np.arange(40), 5)
        shift = torch.tensor([[0.0, 1.0], [0.0, -2.0]]).double()
        found = normalised_within(values, shift, track_weights(sources), sources, 0.1, 1)
        self.assertGreater(abs(float(found.matrix[0, 0])), abs(float(found.matrix[1, 0])))

    def test_rotation_keeps_distances(self) -> None:
        values = torch.randn(6, 9, generator=torch.Generator().manual_seed(1)).double()
        found = Projection(values.mean(dim=0), torch.randn(9, 4, generator=torch.Generator().manual_seed(2)).double())
        before, after = values @ found.matrix, values @ found.rotated(torch.Generator().manual_seed(3)).matrix
        torch.testing.assert_close(after @ after.T, before @ before.T)
        self.assertGreater(float((after - before).abs().max()), 0.1)

    def test_parts_have_their_share(self) -> None:
        m = material()
        weights = track_weights(m.sources)
        project = fit(m, Head(STYLE_FRAMES, STYLE_HIDDEN), 1).project.double()
        texture_mean = (weights @ m.texture).expand(40, -1)
        def length(head: torch.Tensor, texture: torch.Tensor) -> float:
            with torch.no_grad():
                projected = project(torch.cat([head, texture], dim=1)[..., None, None]).flatten(1)
            return float(weights @ projected.square().sum(dim=1))
        self.assertAlmostEqual(length(m.head, texture_mean), 1.0, places=3)
        self.assertAlmostEqual(length(torch.zeros_like(m.head), m.texture), TEXTURE_SHARE**2, places=3)
        self.assertAlmostEqual(length(m.head, m.texture), 1 + TEXTURE_SHARE**2, places=3)

    def test_cosines_of_the_head_stay(self) -> None:
        generator = torch.Generator().manual_seed(4)
        m = material()
        few, axes = (torch.randn(*shape, generator=generator).double() for shape in ((40, 60), (60, EMBEDDING_DIM)))
        m.head = unit_length(few @ axes)
        m.moments = m.head.T @ m.head / 40
        found = head_projection(m, track_weights(m.sources))
        vectors = unit_length((m.head - found.mean) @ found.matrix)
        torch.testing.assert_close(vectors @ vectors.T, m.head @ m.head.T)


class Network(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.network = EchoNet().eval()
        self.network.style = fit(material(), self.network.style, 1).eval()

    def test_windows_agree_with_onnx_and_stand_alone(self) -> None:
        labels = Labels(["x", "y"], np.zeros((2, 128), np.float32), np.zeros(2, np.float32),
                        np.zeros((2, 128), np.float32), np.zeros(2, np.float32))
        layer = torch.nn.Conv2d(FINGERPRINT_HIDDEN, FINGERPRINT_DIM, 1)
        self.network.fingerprint = narrowed(self.network.fingerprint, layer)
        gate = Gate().eval()
        halved(self.network, gate)
        whole = Whole(self.network, labels, gate)
        self.assertLess(verify(whole, to_onnx(whole)), 1e-4)

    def test_the_level_of_a_recording_changes_nothing(self) -> None:
        mel = torch.randn(1, 1, N_MELS, frames_for_windows(3)) - 6
        with torch.no_grad():
            difference = (Texture()(mel) - Texture()(mel - 4)).abs().max()
        self.assertLess(float(difference), 1e-4)

    def test_checkpoints_with_and_without_a_fitted_style(self) -> None:
        mel = torch.randn(1, 1, N_MELS, frames_for_windows(4)) - 6
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = Path(folder) / "checkpoint.pt"
            trained = EchoNet().eval()
            torch.save({"network": trained.state_dict()}, path)
            torch.testing.assert_close(load_network(path)(mel), trained(mel))
            torch.save({"network": trained.state_dict(), "fitted_style": self.network.style.state_dict()}, path)
            loaded = load_network(path)
            self.assertIsInstance(loaded.style, FittedStyle)
            self.assertIsInstance(trained_head(loaded), Head)
            fingerprint, style = loaded(mel)
            torch.testing.assert_close(fingerprint, trained(mel)[0])
            self.assertEqual(style.shape, (1, EMBEDDING_DIM, 4))


if __name__ == "__main__":
    unittest.main()
