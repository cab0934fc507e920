"""Frozen values that every exchange makes are made quickly.

A frozen dataclass sets its own fields through `object.__setattr__`, which looks each of them up by
its name and takes four times as long as an assignment. Here a value is filled while it is of a
class with the same fields that can be assigned to, and becomes one of its own class before anybody
sees it.
"""

from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar

T = TypeVar("T")
_UNSAID: Final = object()
"""A field that has a factory, and was not given."""


def quick(cls: type[T]) -> type[T]:
    """Have a dataclass make its values quickly; they are what they were, and as frozen.

    Args:
        cls: frozen, with slots, all of its fields by name and set by whoever makes a value;
            nobody's base and with no base of its own.

    Raises:
        TypeError: it is another kind of class.
    """
    names = [each.name for each in fields(cls)]  # type: ignore[arg-type] # a dataclass, as tests hold
    known: dict[str, Any] = {"cls": cls, "new": object.__new__, "unsaid": _UNSAID}
    known["open"] = type(cls.__name__, (), {"__slots__": tuple(names)})
    said, body = list[str](), list[str]()
    for each in fields(cls):  # type: ignore[arg-type] # ditto
        if not (each.kw_only and each.init) or cls.__bases__ != (object,):
            raise TypeError("a class that is made quickly has fields that are given by name, alone")
        name, value = each.name, each.name
        if each.default is not MISSING:
            known[f"default_{name}"] = each.default
            said.append(f"{name}=default_{name}")
        elif each.default_factory is not MISSING:
            known[f"make_{name}"] = each.default_factory
            said.append(f"{name}=unsaid")
            value = f"make_{name}() if {name} is unsaid else {name}"
        else:
            said.append(name)
        body.append(f"self.{name} = {value}")
    lines = ["self = new(open)", *body, "self.__class__ = cls", "return self"]
    code = f"def __new__(_, *, {', '.join(said)}):\n    " + "\n    ".join(lines)
    exec(code, known)  # noqa: S102 - names of fields in the source, as `dataclasses` does it
    cls.__new__ = known["__new__"]  # type: ignore[method-assign] # made above
    del cls.__init__  # what it did is done
    return cls
