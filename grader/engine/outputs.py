"""Reads what a student's cell showed, and keeps only what is harmless and well formed.

A kernel is the student's: it can send any message.  Text, errors and PNG or JPEG pictures are
kept; HTML, SVG, JavaScript and widgets are dropped, because TAs and instructors open these
notebooks in their own browser sessions.  Every part is rebuilt from known keys and types.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
MAX_FILES = 200
MAX_FILES_BYTES = 20 << 20
NAME_BYTES = 255  # NAME_MAX of Linux' file systems
PLAIN_NAME = re.compile(r"[^/\0\ud800-\udfff]{1,200}")


def size_of(content: Any) -> int:
    """Rough size in bytes of a message's content, without building it again."""
    stack, total = [content], 0
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            total += len(part)
        elif isinstance(part, dict):
            total += 8 * len(part)
            stack.extend(part.keys())
            stack.extend(part.values())
        elif isinstance(part, list):
            total += 8 * len(part)
            stack.extend(part)
        else:
            total += 8
    return total


def harmless(outputs: list[Any]) -> list[dict[str, Any]]:
    """The outputs of a student's cell, cleaned.

    Parameters
    ----------
    outputs : list
        nbformat outputs as they came.

    Returns
    -------
    list of dict
        Valid nbformat 4 outputs.
    """
    cleaned = (_clean(dict(o)) for o in outputs if isinstance(o, dict))
    return [o for o in cleaned if o is not None]


def _clean(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": printable(output.get("text"))}
    if kind == "error":
        trace = output.get("traceback")
        return {
            "output_type": "error",
            "ename": printable(output.get("ename")),
            "evalue": printable(output.get("evalue")),
            "traceback": [printable(t) for t in trace] if isinstance(trace, list) else [],
        }
    if kind in ("display_data", "execute_result"):
        bundle = output.get("data")
        data = _bundle(bundle if isinstance(bundle, dict) else {})
        if not data:
            return None
        cleaned: dict[str, Any] = {"output_type": kind, "metadata": {}, "data": data}
        if kind == "execute_result":
            count = output.get("execution_count")
            cleaned["execution_count"] = count if type(count) is int else None
        return cleaned
    return None


def _bundle(bundle: dict[str, Any]) -> dict[str, str]:
    data: dict[str, str] = {}
    if isinstance(bundle.get("text/plain"), str):
        data["text/plain"] = printable(bundle["text/plain"])
    for mime, magic in PICTURES.items():
        picture = bundle.get(mime)
        if isinstance(picture, str) and BASE64.fullmatch(picture) and _opens_with(picture, magic):
            data[mime] = picture
    return data


def _opens_with(picture: str, magic: bytes) -> bool:
    try:
        return base64.b64decode("".join(picture[:64].split())[:32]).startswith(magic)
    except (binascii.Error, ValueError):
        return False


def plain_files(found: Any) -> dict[str, bytes]:
    """Of what a kernel says are the files it made, those that may be written below a folder of ours.

    Parameters
    ----------
    found : object
        Meant to be a dict of relative path to bytes; a hostile kernel sends anything.

    Returns
    -------
    dict of str to bytes
        Relative paths without ``..``, hidden parts or notebooks, at most four levels deep, bounded in
        number and size.
    """
    files: dict[str, bytes] = {}
    total = 0
    for path, data in found.items() if type(found) is dict else ():
        parts = path.split("/") if type(path) is str else []
        total += len(data) if type(data) is bytes else 0
        if type(data) is not bytes or len(files) >= MAX_FILES or total > MAX_FILES_BYTES:
            break
        fits = 1 <= len(parts) <= 4 and all(_is_plain(p) for p in parts)
        if fits and not parts[-1].lower().endswith(".ipynb"):
            files[path] = data
    return files


def _is_plain(name: str) -> bool:
    """Whether a folder or a file of ours may be called so."""
    plain = PLAIN_NAME.fullmatch(name) is not None and not name.startswith(".")
    return plain and len(name.encode()) <= NAME_BYTES


def printable(text: Any) -> str:
    """A string that UTF-8 can hold; anything else becomes the empty string."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else ""
