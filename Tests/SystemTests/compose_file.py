# SPDX-License-Identifier: Apache-2.0
"""compose/compose.yaml read as what it says: the services, and each one's command line as a process of this machine."""

import dataclasses
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "compose" / "compose.yaml"
# What the image's entrypoint is, where a service does not name one.
ENTRYPOINT = ["cove"]


@dataclasses.dataclass
class Service:
    """A service: everything as the file has it."""

    name: str
    command: list
    environment: dict
    volumes: dict  # the path within the container: a volume's name, or a path beside the file
    temporary: list
    depends_on: dict
    healthcheck: list | None
    grace: float


def read(file=FILE):
    """The services by name, in an order in which each stands after those that it waits for."""
    content = yaml.safe_load(file.read_text())
    services = {name: _service(name, fields) for name, fields in content["services"].items()}
    ordered = {}
    while len(ordered) < len(services):
        ready = [s for s in services.values() if s.name not in ordered and set(s.depends_on) <= set(ordered)]
        assert ready, "the services wait for each other in a circle"
        ordered |= {service.name: service for service in ready}
    return ordered


def _service(name, fields):
    volumes = {}
    for entry in fields.get("volumes", []):
        source, path = entry.split(":")[:2]
        volumes[path] = source
    test = fields.get("healthcheck", {}).get("test")
    return Service(
        name, list(fields.get("entrypoint", ENTRYPOINT)) + list(map(str, fields["command"])),
        dict(fields.get("environment", {})), volumes, [entry.split(":")[0] for entry in fields.get("tmpfs", [])],
        fields.get("depends_on", {}), test[1:] if test else None,
        float(str(fields.get("stop_grace_period", "10s")).rstrip("s")),
    )


class Places:
    """Where on this machine a container's paths and the services' names are.

    Folders of volumes are below `folder`. `hosts` gives for `service:port` what is there instead; without it names stay.
    """

    def __init__(self, folder, binary, hosts=None, file=FILE):
        self.folder, self.binary, self.file = folder, str(binary), file
        self.hosts = dict(hosts or {})

    def path(self, service, inside):
        """The path of a volume of a service."""
        source = service.volumes[inside]
        if source.startswith("."):
            return (self.file.parent / source).resolve()
        return self.folder / "volumes" / source

    def prepare(self, service):
        """Makes the folders that a service finds."""
        for inside, source in service.volumes.items():
            if not source.startswith("."):
                self.path(service, inside).mkdir(parents=True, exist_ok=True, mode=0o700)
        for inside in service.temporary:
            self._temporary(service, inside).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _temporary(self, service, inside):
        return self.folder / "temporary" / service.name / inside.strip("/")

    def text(self, service, text):
        """A word of a command line, or a variable's value."""
        found = {inside: str(self.path(service, inside)) for inside in service.volumes}
        found |= {inside: str(self._temporary(service, inside)) for inside in service.temporary}
        found |= self.hosts
        # In one pass, so that nothing is replaced in what was put in; the longest first, for a file may be laid into a folder.
        names = "|".join(re.escape(inside) for inside in sorted(found, key=len, reverse=True))
        return re.sub(rf"(?<![\w./-])(?:{names})(?![\w.-])|(?<=//)(?:{names})(?![\w.-])", lambda m: found[m.group(0)], text)

    def command(self, service, words):
        programs = {"cove": self.binary, "python": sys.executable}
        words = [self.text(service, word) for word in words]
        return [programs.get(words[0], words[0]), *words[1:]]

    def environment(self, service, base):
        """The variables of a process: `python` finds what is laid beside its script, `sh` finds `cove`."""
        found = base | {name: self.text(service, str(value)) for name, value in service.environment.items()}
        found["PYTHONPATH"] = ":".join(sorted({
            str(self.path(service, inside).parent) for inside, source in service.volumes.items() if source.endswith(".py")
        }))
        found["PATH"] = f"{pathlib.Path(self.binary).parent}:{base['PATH']}"
        return found
