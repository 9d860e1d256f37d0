"""What a Slurm job of `grader autograde --cluster slurm` runs: a runner with the arguments of a dask worker.

dask-jobqueue writes the command line (`grader.batch.slurm`); what does not concern a runner is passed over.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import typer

from grader.batch.tls import Certificates
from grader.cli.devices import DEVICES
from grader.cli.runner import lend
from grader.errors import GraderError
from grader.sandbox.cards import SHARE_BYTES
from grader.startup import without_url_grammar


def main() -> int:
    """Be a runner."""
    parser = argparse.ArgumentParser(prog="grader.cli.slurm_job", allow_abbrev=False)
    parser.add_argument("address")
    parser.add_argument("--name")
    parser.add_argument("--nthreads", type=int, default=0)
    parser.add_argument("--interface")
    parser.add_argument("--no-boxes", action="store_true")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--gpu-slot-bytes", type=int, default=SHARE_BYTES)
    for what in ("ca-file", "cert", "key"):
        parser.add_argument(f"--tls-{what}", type=Path)
    known, _ = parser.parse_known_args()
    files = (known.tls_ca_file, known.tls_cert, known.tls_key)
    certificates = Certificates(*files) if all(files) else None
    without_url_grammar()
    try:
        return lend(
            known.address,
            certificates,
            known.nthreads,
            not known.no_boxes,
            known.name,
            known.interface,
            known.device,
            known.gpu_slot_bytes,
        )
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    except typer.Exit as stopped:
        return int(stopped.exit_code)


if __name__ == "__main__":
    sys.exit(main())
