# SPDX-License-Identifier: Apache-2.0
"""Three rounds of kills and stops, judged by the oracle, and the oracle judged by lies; Scripts/faults has the long runs."""

import sys

import pytest

from conftest import ROOT, cove_binary, cut_off

sys.path.insert(0, str(ROOT / "Tests" / "Faults"))

import kill
import lies
import oracle

SEED = "system tests"


@pytest.fixture(scope="module")
def five(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(5)})


@pytest.fixture
def perform(tmp_path, moto, five):
    def perform(name, **settings):
        environment = cut_off(tmp_path, moto) | five.keys
        chosen = kill.Settings(ttl=5, regions=8, slots=4, faults=3, seconds=1, **settings)
        return kill.Round(cove_binary(), environment, five, tmp_path / "round", f"{SEED} {name}", chosen).perform()

    return perform


def test_a_true_history_is_believed():
    assert oracle.violations(lies.true_history()) == []


@pytest.mark.parametrize("lie", lies.LIES, ids=lambda lie: lie.__name__.strip("_").replace("_", "-"))
def test_a_lie_is_found(lie):
    history = lies.true_history()
    lie(history)
    assert oracle.violations(history)


@pytest.mark.parametrize("number", range(3))
def test_nothing_is_lost_or_run_again_in_a_round_of_kills(perform, number):
    history = perform(number, workers=2 + number)
    assert oracle.violations(history) == []
    assert history.acknowledged and any(fault.kind != "away" for fault in history.faults)


def test_a_forged_store_is_found(perform):
    history = perform("forged", lie="store")
    assert any("acknowledged" in sentence for sentence in oracle.violations(history))
