# SPDX-License-Identifier: Apache-2.0
"""`--help` of every command: it is told, and fits a terminal."""

import re

import pytest

COMMANDS = ("exec", "call", "python", "plan", "runs", "show", "watch", "results", "resume", "retry", "cancel", "forget", "coordinator",
            "worker", "workers", "certs", "models")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_told_in_each_way(cove, command):
    helps = [cove(*words, code=0).text for words in ((command, "--help"), (command, "-h"), ("help", command))]
    assert helps[0] == helps[1] == helps[2] and f"cove {command}" in helps[0]


def test_every_command_that_help_lists_is_tested_here(cove):
    listed = cove("help", code=0).text.split("SUBCOMMANDS:")[1]
    assert set(re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE)) - {"help"} == set(COMMANDS)


def test_help_of_a_python_function_that_was_named(cove):
    assert cove("python", "audit.py:users", "--help", code=0).text == cove("help", "python", code=0).text
