# SPDX-License-Identifier: Apache-2.0
"""Scripts that were written for botocove, run under botocove and under `cove python`."""

import dataclasses
import json
import pathlib
import pickle
import subprocess
import sys

PROGRAMS = pathlib.Path(__file__).parent / "programs"
CASES = PROGRAMS / "botocove_cases.py"
LIMIT = 170


@dataclasses.dataclass
class Scripts:
    """Runs scripts in a folder, with an environment."""

    cove: str
    environment: dict
    folder: pathlib.Path

    def by_botocove(self, script, *arguments):
        return self._run([sys.executable, str(script), *arguments])

    def by_cove(self, script, *arguments, options=()):
        return self._run([self.cove, "python", *map(str, options), str(script), *arguments])

    def start(self, script, *arguments, options=(), **settings):
        """`cove python` that goes on meanwhile."""
        command = [self.cove, "python", *map(str, options), str(script), *arguments]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, text=True, **settings)

    def _run(self, command):
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=LIMIT,
        )

    def cases(self, run, ids, *names, **settings):
        """What the cases of `botocove_cases.py` came to; `run` is `by_botocove` or `by_cove`."""
        report = self.folder / f"{run.__name__}.pickle"
        finished = run(CASES, json.dumps(ids), str(report), *names, **settings)
        assert finished.returncode == 0, f"exit code {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
        return pickle.loads(report.read_bytes())


def known(organization):
    """An organization's ids by name, and the keys of its caller, as the cases want them."""
    keys = {"key": organization.keys["AWS_ACCESS_KEY_ID"], "secret": organization.keys["AWS_SECRET_ACCESS_KEY"]}
    return organization.units | organization.accounts | keys | {"management": organization.management}


def in_order(report):
    """A report whose lists are in the order of their ids: botocove's are in that of completion."""
    lists = report.get("returned")
    if not isinstance(lists, dict) or "Results" not in lists:
        return report
    ordered = {
        name: sorted(entries, key=lambda entry: (entry["Id"], entry.get("Region") or "")) for name, entries in lists.items()
    }
    return report | {"returned": ordered}
