# SPDX-License-Identifier: Apache-2.0
"""What every Python does first that `cove python SCRIPT` becomes, or that such a script starts: it looks for Cove's modules in this folder.

Python imports this by itself, from PYTHONPATH and before it knows the script. A `botocove` beside the script, whose folder is searched
first, is therefore not taken for Cove's; and the script stays Python's main program, with its own tracebacks.
"""

import atexit
import json
import os
import sys
from importlib.machinery import PathFinder

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_MODULES = {
    "botocove", "cove_boto", "cove_decoration", "cove_exceptions", "cove_failures", "cove_file", "cove_forks", "cove_frames",
    "cove_host", "cove_linux", "cove_loading", "cove_process", "cove_run", "cove_session", "cove_task", "cove_typed", "cove_values",
}


class _CoveFinder:
    """Finds Cove's modules, and no others."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [_FOLDER]) if name in _MODULES else None


def _import_other():
    """Imports the `sitecustomize` that this one hides, where there is one."""
    others = [path for path in sys.path if os.path.abspath(path) != _FOLDER]
    specification = PathFinder.find_spec("sitecustomize", others)
    if specification is None or specification.loader is None:
        return
    from importlib.util import module_from_spec

    module = module_from_spec(specification)
    sys.modules["sitecustomize"] = module
    specification.loader.exec_module(module)


def _tell_of_no_run(process):
    """Says at a script's end that it made no run, where that may surprise: a file of functions was taken for a script."""
    # With arguments it may have been asked for something else, such as its help; and a traceback says more.
    if os.getpid() != process or len(sys.argv) != 1 or hasattr(sys, "last_value") or sys.stderr is None:
        return
    script = os.path.basename(sys.argv[0])
    loading = sys.modules.get("cove_loading")
    if loading is None:
        reason = "it does not import botocove"
    elif loading.is_idle():
        reason = "it called none of its decorated functions"
    else:
        return
    print(f"cove: {script} itself has made no run: {reason}; one of its functions is run with cove python {script}:FUNCTION",
          file=sys.stderr)


def _watch_script():
    # A script may start the oldest Pythons too.
    if "COVE_SCRIPT" in os.environ and hasattr(os, "register_at_fork"):
        # Before whatever imports logging.
        import cove_forks  # noqa: F401
    try:
        settings = json.loads(os.environ["COVE_SCRIPT"])
        process = settings.pop("Process")
    except (KeyError, TypeError, ValueError):
        return
    if process == os.getpid():
        # What this process becomes, or starts, is not the script.
        os.environ["COVE_SCRIPT"] = json.dumps(settings)
        if not settings["IsQuiet"]:
            atexit.register(_tell_of_no_run, process)


sys.meta_path.insert(0, _CoveFinder)
_watch_script()
_import_other()
