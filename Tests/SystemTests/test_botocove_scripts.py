# SPDX-License-Identifier: Apache-2.0
"""Scripts that were written for botocove: the same script under botocove and under `cove python`, on the same organization.

What the script's cases come to is compared entry by entry: values with their types, exceptions with their classes, arguments and
attributes, what is raised with its message. What is meant to differ stands in test_differences_scripts.py.
"""

import pytest
from conftest import cove_binary, cut_off
from programs.botocove_cases import CASES
from scripts import Scripts, in_order, known


@pytest.fixture(scope="module")
def reports(tmp_path_factory, moto, organization):
    """What every case came to by botocove, and by Cove."""
    folder = tmp_path_factory.mktemp("scripts")
    scripts = Scripts(str(cove_binary()), cut_off(folder, moto) | organization.keys, folder)
    ids = known(organization)
    return scripts.cases(scripts.by_botocove, ids), scripts.cases(scripts.by_cove, ids)


@pytest.mark.parametrize("name", CASES)
def test_a_script_has_the_same_from_both(reports, name):
    theirs, ours = reports
    assert in_order(ours[name]) == in_order(theirs[name])
