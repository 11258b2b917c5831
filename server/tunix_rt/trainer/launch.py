"""Runs a program of this package, by this file's path, in an interpreter that does not have the package.

    <python> <path>/launch.py train <manifest.yaml>
    <python> <path>/launch.py check <manifest.yaml>
    <python> <path>/launch.py generate <request.yaml>

No other package next to this one becomes importable, so that the interpreter keeps its own libraries.
"""

from __future__ import annotations

import runpy
import sys
from importlib import util
from pathlib import Path

PROGRAMS = ("train", "check", "generate")


def launch(arguments: list[str]) -> None:
    """Runs the program named by the first argument with the other arguments, and exits."""
    if not arguments or arguments[0] not in PROGRAMS:
        sys.exit(f"usage: launch.py {{{'|'.join(PROGRAMS)}}} <file.yaml>")
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]
    add_package("tunix_rt", here.parent)
    sys.argv = arguments
    runpy.run_module(f"tunix_rt.trainer.{arguments[0]}", run_name="__main__", alter_sys=True)


def add_package(name: str, folder: Path) -> None:
    """Makes one package importable from its folder."""
    spec = util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        sys.exit(f"{folder} is not a package.")
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    launch(sys.argv[1:])
