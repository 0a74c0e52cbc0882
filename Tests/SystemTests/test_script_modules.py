# SPDX-License-Identifier: Apache-2.0
"""`cove python SCRIPT`: where it finds Cove's modules, while the script stays Python's main program."""

from test_script_runs import expect, scripts, written  # noqa: F401


def test_modules_beside_a_script_do_not_hide_coves(scripts, written, organization, tmp_path):
    for name in ("botocove", "cove_run", "cove_values"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('the wrong one')")
    written("WORD = 'near'", "near.py")
    script = written("from botocove import cove\nimport near\nprint(len(cove(lambda session: None)()['Results']), near.WORD)")
    assert expect(scripts.by_cove(script)).stdout == f"{len(organization.active)} near\n"


def test_a_script_fails_as_it_does_under_python(scripts, written, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import sys\nsys.customized = __name__")
    scripts.environment["PYTHONPATH"] = str(tmp_path / "site")
    script = written("""
        import sys
        print(sys.customized, sys.argv, sys.path[0], __file__, __spec__, sorted(globals()), flush=True)
        def deep(): raise LookupError("not here")
        deep()
    """)
    theirs, ours = scripts.by_botocove(script, "a", "b"), scripts.by_cove(script, "a", "b")
    assert "LookupError: not here" in theirs.stderr and theirs.returncode == 1
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_what_a_function_writes_into_an_open_file_it_must_flush(scripts, written, organization):
    script = written("""
        import sys
        from botocove import cove
        kept, lost = open("kept", "w"), open("lost", "w")
        @cove
        def function(session):
            print(1, file=lost)
            print(1, file=kept, flush=True)
        function()
        kept.close(), lost.close()
        print(open("kept").read().count("1"), open("lost").read().count("1"))
    """)
    assert expect(scripts.by_cove(script)).stdout == f"{len(organization.active)} 0\n"
