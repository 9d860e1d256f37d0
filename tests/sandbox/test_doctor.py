"""The doctor looks into a real box, and refuses for reasons that a person can act on."""

from __future__ import annotations

import pytest

from grader.sandbox import doctor
from grader.sandbox.doctor import Layer, SandboxUnavailable, probe_layers, require_layers


def test_all_essential_layers_are_seen_to_hold_here():
    layers = probe_layers()
    names = [layer.name for layer in layers]
    assert set(doctor.ESSENTIAL) <= set(names) and {
        "seccomp",
        "Landlock",
        "memory limit",
        "warm fork",
        "GPU",
    } <= set(names)
    assert require_layers(layers) is layers
    for layer in layers:
        assert layer.holds or layer.advice, layer


def test_without_bubblewrap_grading_is_refused_with_advice(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(SandboxUnavailable, match=r"(?s)bubblewrap.*--sandbox none"):
        require_layers()


def test_a_bubblewrap_that_cannot_make_namespaces_is_no_sandbox(monkeypatch, tmp_path):
    """A real program that fails as bubblewrap does where namespaces are forbidden."""
    fake = tmp_path / "bwrap"
    fake.write_text(
        "#!/bin/sh\ncase $1 in --version) echo bubblewrap 0.9.0;; "
        "*) echo 'bwrap: No permissions to create a new namespace' >&2; exit 1;; esac\n"
    )
    fake.chmod(0o755)
    for folder in (tmp_path, *list(tmp_path.parents)[:-1]):
        if folder.name.startswith(("pytest", "popen", tmp_path.name)):
            folder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    layers = probe_layers()
    broken = next(layer for layer in layers if layer.name == "namespaces")
    assert not broken.holds and "No permissions to create a new namespace" in broken.detail and broken.advice
    with pytest.raises(SandboxUnavailable, match="namespaces"):
        require_layers(layers)


@pytest.mark.parametrize("missing", doctor.ESSENTIAL)
def test_each_essential_layer_is_required(missing):
    layers = [Layer(name, name != missing, "seen") for name in doctor.ESSENTIAL]
    with pytest.raises(SandboxUnavailable, match=missing):
        require_layers(layers)
