"""Loading a spaCy pipeline, and of spaCy only what that takes.

`import spacy` imports its command line, and with it three HTTP clients; a pipeline that is made
imports every installed package that offers a component. Both cost memory in each detector (19 and
12 MB) and time at start (0.5 s), and neither is used here.
"""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spacy.language import Language

_COMMAND_LINE: Final = ("spacy.cli", "spacy.cli.info")
_FACTORIES: Final = "spacy_factories"
"""What packages call the group of their components.

Source: spaCy, "Entry points": https://spacy.io/usage/saving-loading#entry-points
"""


def load_pipeline(model: Path, exclude: Sequence[str]) -> "Language":
    """Load the pipeline in a folder, without some of its components.

    Raises:
        OSError, ValueError: it holds no pipeline, or one that this spaCy cannot make.
    """
    with _without_command_line():
        import spacy  # noqa: PLC0415 - only where names are wanted: half a second and 50 MB

    with warnings.catch_warnings(), _without_components():
        warnings.simplefilter("ignore")  # a version note is no reason not to start
        _import_components(spacy.util.load_config(model / "config.cfg"))
        return spacy.load(model, exclude=list(exclude))


@contextmanager
def _without_command_line() -> Iterator[None]:
    """Whoever imports spaCy's command line later gets the real one."""
    stand_ins = [name for name in _COMMAND_LINE if name not in sys.modules]
    for name in stand_ins:
        module: Any = ModuleType(name)
        module.__path__, module.info = [], _info
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _info(*arguments: object, **options: object) -> object:
    """`spacy.info`, which spaCy keeps under its own name: the real one, when somebody asks."""
    return import_module("spacy.cli").info(*arguments, **options)


@contextmanager
def _without_components() -> Iterator[None]:
    """What a pipeline needs is imported by name before it is made."""
    from spacy.util import registry  # noqa: PLC0415 - imported by then

    factories: Any = registry._entry_point_factories  # noqa: SLF001 - no public switch
    kept, factories.entry_points = factories.entry_points, False
    try:
        yield
    finally:
        factories.entry_points = kept


def _import_components(config: Any) -> None:  # noqa: ANN401 - thinc's Config is untyped
    components = config.get("components", {}).values()
    wanted = {component.get("factory") for component in components}
    for offered in entry_points(group=_FACTORIES):
        if offered.name in wanted:
            offered.load()
