"""README's section for Flask services says what happens."""
import doctest
import re
from pathlib import Path

HEADING = "## In a Flask service"
README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def test_the_example_of_the_readme_works():
    section = re.split(r"^## ", README.partition(HEADING)[2], flags=re.MULTILINE)[0].replace("```", "")
    example = doctest.DocTestParser().get_doctest(section, {}, HEADING, "README.md", 0)
    runner = doctest.DocTestRunner()

    runner.run(example)
    assert (runner.tries, runner.failures) == (len(example.examples), 0)
    assert len(example.examples) > 15
