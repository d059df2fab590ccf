"""unittests.py FOLDER [JUNIT-FILE]: runs the folder's unit tests, and writes their counts as a JUnit file."""

import pathlib
import sys
import unittest

folder, *files = sys.argv[1:]
result = unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.discover(folder))
for file in files:
    pathlib.Path(file).write_text(
        f'<testsuite name="{folder}" tests="{result.testsRun}" failures="{len(result.failures)}" '
        f'errors="{len(result.errors)}" skipped="{len(result.skipped)}" />\n')
sys.exit(not result.wasSuccessful())
