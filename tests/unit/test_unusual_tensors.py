"""Right tensors of unusual make: whatever strides, bits or history they have, their values cross the wire."""

import pytest
import torch
from asking_student import forked

from grader.bridge import NoAnswer
from grader.wire import decode, encode

N = torch.arange(12.0).reshape(3, 4)
UNUSUAL = {
    "one number of a transposed table": N.T[:1, :1],
    "one number of every second": N.flatten()[::2][:1],
    "one column of a stack": torch.stack([N, N], -1)[..., 0],
    "one number of a stack": torch.stack([N, N], -1)[:1, :1, 0],
    "one number of a stack in bfloat16": torch.stack([N, N], -1)[:1, :1, 0].bfloat16(),
    "imaginary part": torch.complex(N, N + 1).imag[:1],
    "negative bit": torch._neg_view(N),
    "stretched": N[:, :1].expand(3, 4),
    "without numbers": N[:0].bfloat16(),
    "without dimensions": N[1, 2],
    "parameter": torch.nn.Parameter(N),
    "with a history": torch.nn.Parameter(N) * 1.0,
    "booleans": N.T[:1, :1] > -1,
}


@pytest.mark.parametrize("made", UNUSUAL.values(), ids=UNUSUAL)
def test_values_come_back_as_they_are(made):
    back = decode(*encode(made))
    assert back.dtype == made.dtype and back.shape == made.shape and torch.equal(back, made.detach())


def test_a_tensor_of_inference_mode_comes_back():
    with torch.inference_mode():
        made = N * 2
    assert torch.equal(decode(*encode(made)), N * 2)


def test_what_has_no_values_is_told_as_such():
    code = "import torch\ndef meta(): return torch.zeros(2, device='meta')\n"
    code += "def nested(): return torch.nested.nested_tensor([torch.zeros(2)])"
    with forked(code=code) as student:
        for name in ("meta", "nested"):
            with pytest.raises(NoAnswer) as caught:
                student.call(name)
            assert caught.value.reason == "too large" and "cannot cross the wire" in caught.value.detail
