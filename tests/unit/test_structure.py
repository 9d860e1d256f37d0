"""The house in order: imports run one way, and what runs beside student code knows nothing of the rest."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "grader"

# From the lowest room to the highest; a room imports from lower rooms only.
ORDER = [
    "startup",
    "text",
    "errors",
    "limits",
    "wire",
    "inside",
    "student",
    "result",
    "bridge",
    "sandbox",
    "checks",
    "pytest_plugin",
    "engine",
    "batch",
    "glue",
    "audit",
    "demo",
    "cli",
]


def imports_of(path: Path) -> set[str]:
    """Modules of grader that a file imports, with their rooms' names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{a.name}" for a in node.names} | {node.module}
    rooms = {m.split(".")[1] for m in found if m.startswith("grader.")}
    return {r for r in rooms if (PACKAGE / r).exists() or (PACKAGE / f"{r}.py").exists()}


def files() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.stem != "__init__")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path):
    here = ORDER.index(room(path))
    upwards = {m for m in imports_of(path) if ORDER.index(m) > here}
    assert not upwards, f"{path.relative_to(ROOT)} imports from the room above: {upwards}"


def test_the_untrusted_rooms_import_nothing_of_the_trusted_side():
    for path in files():
        if room(path) in ("inside", "wire", "student"):
            assert imports_of(path) <= {"inside", "wire", "student"}, path


def test_what_the_box_shows_can_be_imported_alone(tmp_path):
    """Only wire and inside are copied, as in a box: they must not miss anything of the trusted side."""
    for name in ("wire", "inside"):
        for path in (PACKAGE / name).rglob("*.py"):
            target = tmp_path / "grader" / path.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (tmp_path / "grader" / "__init__.py").write_text("")
    code = "import grader.inside.probe, grader.inside.kernel, grader.inside.zygote, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "grader.bridge" not in done.stdout and "grader.checks" not in done.stdout


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_opens_by_saying_what_it_is_for_and_stays_short(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} has no opening docstring"
    assert text.count("\n") <= 400, f"{path} has {text.count(chr(10))} lines: two rooms in one?"


def test_the_wheel_holds_the_package_only(tmp_path):
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "-q",
            "-w",
            tmp_path,
            ROOT,
        ],
        check=True,
    )
    import zipfile

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert all(n.startswith(("grader/", "autoregrade-")) for n in names)
    assert not any(n.endswith(".ipynb") or "/test_" in n or "/reference/" in n for n in names)


def test_the_pytest_plugin_is_light():
    """pytest loads it in every session of an environment that has autoregrade, also a student's."""
    code = "import grader.pytest_plugin.plugin, sys; assert not {'torch', 'msgpack', 'nbclient'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
