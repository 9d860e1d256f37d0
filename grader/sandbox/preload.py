"""What a zygote imports before it forks kernels: the kernel itself, and what the notebooks of the class import.

A library that is not imported here still works in a notebook; each kernel then pays for its import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec

KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.display",
    "grader.inside.kernel",
    "grader.inside.application",
    "grader.inside.probe",
    "grader.student",
)
# torch._dynamo: the first optimizer imports it otherwise, 800 modules.  backend_agg, and not matplotlib_inline's
# backend: imported before the kernel exists, that one would silently lose all plots.
LIBRARIES = {
    "numpy": ("numpy",),
    "torch": ("numpy", "torch", "torch._dynamo", "torch.utils.data", "safetensors.numpy", "tqdm.auto"),
    "matplotlib": ("numpy", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    "pandas": ("numpy", "pandas"),
    "transformers": ("transformers", "transformers.generation.utils", "transformers.models.auto",
                     "transformers.models.gpt2.modeling_gpt2", "transformers.modeling_utils"),
}  # fmt: skip
NEEDS = {"transformers": ("torch",)}
USUAL = ("numpy", "torch", "matplotlib")
IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


def imported(sources: Iterable[str]) -> frozenset[str]:
    """Names of the libraries of `LIBRARIES` that these cells import.

    Parameters
    ----------
    sources : iterable of str
        Code cells; they need not be valid Python.
    """
    return frozenset(name for source in sources for name in IMPORT.findall(source)) & frozenset(LIBRARIES)


def preload_for(libraries: Iterable[str] | None = None) -> tuple[str, ...]:
    """Modules to import, in order, each that is installed here.

    Parameters
    ----------
    libraries : iterable of str, optional
        Keys of `LIBRARIES`; `USUAL` where left out.
    """
    chosen = set(USUAL if libraries is None else libraries)
    chosen |= {other for name in chosen for other in NEEDS.get(name, ())}
    modules = [m for name in LIBRARIES if name in chosen for m in LIBRARIES[name]]
    return tuple(dict.fromkeys(m for m in (*modules, *KERNEL) if find_spec(m.partition(".")[0])))
