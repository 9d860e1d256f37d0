"""The doctor looks into a real box, and refuses for reasons that a person can act on."""

from __future__ import annotations

import pytest

from grader.sandbox import cards, doctor
from grader.sandbox.cards import NoDriver
from grader.sandbox.doctor import Layer, SandboxUnavailable, probe_layers, require_layers


def test_all_essential_layers_are_seen_to_hold_here():
    layers = probe_layers()
    names = [layer.name for layer in layers]
    assert set(doctor.ESSENTIAL) <= set(names) and {
        "seccomp",
        "Landlock",
        "memory limit",
        "warm fork",
    } <= set(names)
    assert require_layers(layers) is layers
    for layer in layers:
        assert layer.holds or layer.advice, layer


def test_a_first_look_that_somebody_killed_says_nothing_about_the_machine(monkeypatch):
    look, looks = doctor._look, []

    async def killed_at_first(**how):
        looks.append(how)
        if len(looks) == 1:
            how = {**how, "code": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"}
        return await look(**how)

    monkeypatch.setattr(doctor, "_look", killed_at_first)
    assert require_layers(probe_layers()) and len(looks) == 2


def test_a_machine_without_cards_is_as_it_should_be_and_hears_why(monkeypatch):
    def none():
        raise NoDriver("no NVIDIA driver answers")

    monkeypatch.setattr(cards.find_cards, "__defaults__", (none,))
    monkeypatch.setattr(doctor, "gpu_nodes", tuple)
    layer = doctor.probe_cards()
    assert layer.holds and "no NVIDIA driver answers" in layer.detail


def test_cards_that_cannot_be_used_are_a_fault_with_advice(monkeypatch):
    def none():
        raise NoDriver("the package that finds cards is missing")

    monkeypatch.setattr(cards.find_cards, "__defaults__", (none,))
    monkeypatch.setattr(doctor, "gpu_nodes", lambda: ("/dev/nvidia0",))
    layer = doctor.probe_cards()
    assert not layer.holds and "package" in layer.advice


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
