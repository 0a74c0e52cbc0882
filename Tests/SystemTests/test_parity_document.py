# SPDX-License-Identifier: Apache-2.0
"""docs/botocove-parity.md and the tests it names: neither knows of a difference that the other does not."""

import inspect
import pathlib
import re

from botocove import cove as botocove

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "docs" / "botocove-parity.md"


def names_in(pattern):
    return {name for file in HERE.glob(pattern) for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)}


def rows():
    """The rows of the document's tables, each a list of its cells; headings and rules left out."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set("-|") and row[-1] != "test"]


def test_the_document_names_every_difference():
    mentioned = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text()))
    assert mentioned - names_in("test_*.py") == set()
    assert names_in("test_differences_*.py") - mentioned == set()


def test_every_row_names_its_test_or_says_that_nothing_can_be_seen():
    assert len(rows()) > 50
    assert [row for row in rows() if not re.search(r"`test_\w+`|`Tests/\S+`|^nothing to see: ", row[-1])] == []


def test_the_files_and_swift_tests_that_the_document_names_are_there():
    for row in rows():
        for path, _, name in re.findall(r"`(Tests/[^`:]+)`(: \*([^*]+)\*)?", row[-1]):
            assert name in (ROOT / path).read_text(), f"{path}: {name}"


def test_every_argument_of_botocove_has_its_row():
    parameters = inspect.signature(botocove).parameters.values()
    arguments = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert {"target_ids", "partition"} <= arguments
    assert arguments <= {name for row in rows() for name in re.findall(r"^`(\w+)`$", row[0])}
