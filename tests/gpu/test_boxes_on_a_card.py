"""A box lets CUDA work, on one card, within a share, and keeps kernels on a card apart."""

from __future__ import annotations

import os

import pytest

from grader.sandbox import doctor
from grader.sandbox.cards import GIB

from .conftest import on_card

pytestmark = [pytest.mark.slow, pytest.mark.gpu]
IMPORT = "import torch\n"


def test_the_doctor_finds_the_card_and_uses_it_in_a_box(card):
    layer = doctor.probe_cards()
    assert layer.holds and card.name in layer.detail and "works in a box" in layer.detail, layer


def test_a_kernel_sees_exactly_its_card(open_on_card, share, card):
    session = open_on_card()
    assert session.value(IMPORT + "torch.cuda.is_available(), torch.cuda.device_count()") == "(True, 1)"
    assert session.value("torch.cuda.get_device_name(0)") == repr(card.name)
    nodes = session.value("import glob; sorted(glob.glob('/dev/nvidia[0-9]*'))")
    assert nodes == repr([share.nodes[0]])


def test_a_kernel_without_a_share_sees_none(open_session):
    session = open_session()
    assert session.value(IMPORT + "torch.cuda.is_available()") == "False"
    assert session.value("import glob; glob.glob('/dev/nvidia*')") == "[]"


def test_tensors_gradients_and_training_work_in_a_box(open_on_card):
    """CUDA, cuBLAS and the optimizers under RLIMIT_DATA, seccomp and Landlock."""
    session = open_on_card()
    assert session.value(IMPORT + "torch.cuda._is_in_bad_fork()") == "False"
    code = """
torch.manual_seed(0)
a, b = torch.randn(300, 200), torch.randn(200, 100)
print(torch.allclose((a.cuda() @ b.cuda()).cpu(), a @ b, atol=1e-3))
model = torch.nn.TransformerEncoderLayer(64, 4, batch_first=True).cuda()
optimizer = torch.optim.AdamW(model.parameters())
x = torch.randn(8, 20, 64, device="cuda")
first = last = None
for step in range(20):
    loss = (model(x) ** 2).mean() + torch.multinomial(torch.ones(4, device="cuda"), 1).item() * 0
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    last = loss.item(); first = last if first is None else first
print(last < first)
pinned = torch.randn(1000).pin_memory()
print(torch.equal(pinned.to("cuda", non_blocking=True).cpu(), pinned))
"""
    assert session.value(code, seconds=120).split() == ["True", "True", "True"]


def test_seeds_repeat_on_the_card_and_kernels_draw_apart(open_on_card):
    one, other = open_on_card(), open_on_card()
    draw = "torch.rand(3, device='cuda').tolist()"
    assert one.value(IMPORT + draw) != other.value(IMPORT + draw)
    seeded = "torch.manual_seed(3); "
    assert one.value(seeded + draw) == other.value(seeded + draw)


def test_a_kernel_that_does_not_use_the_card_pays_nothing_for_it(open_on_card, card):
    session = open_on_card()
    assert session.value(IMPORT + "torch.ones(3).sum().item()") == "3.0"
    assert session.value("torch.cuda.is_initialized()") == "False"
    assert session.provisioner.pid not in on_card(card)
    session.value("torch.ones(3, device='cuda').sum().item()")
    assert session.provisioner.pid in on_card(card)  # and the driver knows it by the number that we know


def test_nobody_on_the_trusted_side_nor_the_zygote_is_on_the_card(open_on_card, zygote, card):
    session = open_on_card()
    session.value(IMPORT + "torch.ones(3, device='cuda').sum().item()")
    assert not {os.getpid(), zygote.pid} & set(on_card(card))
    # a later fork is as good as the first
    assert open_on_card().value(IMPORT + "torch.ones(3, device='cuda').sum().item()") == "3.0"


def test_pytorch_keeps_to_the_share_and_one_that_is_full_does_not_disturb_another(open_on_card, share):
    greedy, modest = open_on_card(), open_on_card()
    work = "(torch.eye(500, device='cuda') @ torch.ones(500, 500, device='cuda')).sum().item()"
    assert modest.value(IMPORT + work) == "250000.0"
    assert greedy.run(
        IMPORT + f"x = torch.empty({share.share_bytes}, dtype=torch.uint8, device='cuda')"
    ).error == ("OutOfMemoryError")
    fraction = greedy.value("torch.cuda.get_per_process_memory_fraction()")
    assert float(fraction) == pytest.approx(share.fraction, abs=1e-4)
    keep = f"y = torch.empty({share.share_bytes - GIB}, dtype=torch.uint8, device='cuda'); y.numel() > 0"
    assert greedy.value(keep) == "True"  # what is within the share can be had
    assert modest.value(work) == "250000.0"


def test_a_broken_context_breaks_no_other(open_on_card):
    broken, whole = open_on_card(), open_on_card()
    whole.value(IMPORT + "x = torch.ones(10, device='cuda'); x.sum().item()")
    wrong = IMPORT + "torch.zeros(3, device='cuda')[torch.tensor([99], device='cuda')].sum().item()"
    assert broken.run(wrong).error in ("AcceleratorError", "RuntimeError")
    assert broken.run("torch.ones(3, device='cuda').sum().item()").error in (
        "AcceleratorError",
        "RuntimeError",
    )
    assert whole.value("x.sum().item()") == "10.0"
    assert open_on_card().value(IMPORT + "torch.ones(3, device='cuda').sum().item()") == "3.0"
