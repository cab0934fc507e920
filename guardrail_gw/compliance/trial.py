"""Results of a test run, from the JUnit XML that pytest writes (`--junitxml`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from guardrail_gw.compliance.result import Result, Status
from guardrail_gw.errors import ConfigError

_BAD = {"failure", "error"}


def check_tests(tests: Iterable[str], run: Mapping[str, Status] | None) -> dict[str, Result]:
    """Each named test, as it went in the run; all of its parameters must have passed."""
    return {test: _result(test, run) for test in tests}


def _result(test: str, run: Mapping[str, Status] | None) -> Result:
    if run is None:
        status, said = Status.NOT_TESTED, "no test run was given (--tests)"
    else:
        status = run.get(test, Status.NOT_TESTED)
        said = "ran" if test in run else "is not in the test run"
    return Result(check=test, kind="test", status=status, said=said)


def read_run(path: Path) -> dict[str, Status]:
    """Read a run: test id without parameters -> how it went.

    Raises:
        ConfigError: it cannot be read, or is no JUnit XML.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.entity
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except expat.ExpatError as error:
        raise ConfigError(f"{path}: not XML: line {error.lineno}") from error
    return reader.found


@dataclass(slots=True)
class _Reader:
    found: dict[str, Status] = field(default_factory=dict)
    test: str = ""
    status: Status = Status.PASS

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "testcase":
            module = attributes.get("classname", "").replace(".", "/")
            function = attributes.get("name", "").partition("[")[0]
            self.test, self.status = f"{module}.py::{function}", Status.PASS
        elif name in _BAD:
            self.status = Status.FAIL
        elif name == "skipped" and self.status is Status.PASS:
            self.status = Status.NOT_TESTED

    def end(self, name: str) -> None:
        if name == "testcase":
            # The worst of its parameters counts; one that was skipped tested nothing.
            before = self.found.get(self.test, self.status)
            order = (Status.PASS, Status.NOT_TESTED, Status.FAIL)
            self.found[self.test] = max(before, self.status, key=order.index)

    def entity(self, *_declared: object) -> None:
        raise ConfigError("a test run declares no entities")
