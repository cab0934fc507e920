"""What somebody wrote, on an auditor's terminal."""

import unicodedata

import pytest
from hypothesis import given, strategies as st
from rich.console import Console

from guardrail_gw.audit.findings import Code, finding
from guardrail_gw.audit.review import Opened, verify_directory
from guardrail_gw.audit.standing import with_finding
from guardrail_gw.cli.audit import record_panel, report_panel
from guardrail_gw.cli.audit_folder import inert, signs
from tests.support.audit_world import World, world

ACTING = "\x1b[2J\x9b2J\u202etxt\u2066\u200b\u2028\x7f\ufeff"


def _shown(what: object) -> str:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


@given(text=st.text())
def test_nothing_acts_or_hides(text: str) -> None:
    """Whatever a text holds, each character is still one, and one that is seen."""
    shown = signs(text)

    assert len(shown) == len(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["Müller, 東京 42", "a\u00a0b", "[red]x[/]"])
def test_what_can_be_read_stays(text: str) -> None:
    """Letters of every language, spaces, and markup that is text."""
    assert _shown(inert(text)).strip() == text


def test_a_control_character_has_its_own_sign() -> None:
    """So that a reader sees which it was."""
    assert signs("a\x1b\n\x7f\u202e") == "a␛␊␡\ufffd"


def test_a_record_is_shown_without_what_acts() -> None:
    """Also the controls above 0x7f and the marks of direction, which JSON leaves as they are."""
    meta = {"user": ACTING, "team": "Müller"}

    shown = _shown(record_panel(Opened(index=1, kind="intent", ts_us=0, leaf={}, meta=meta)))

    assert not set(ACTING) & set(shown) - set("[2Jtx")
    assert '"team": "Müller"' in shown


def test_a_finding_names_a_file_without_what_acts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever packed a log chose the names of its files."""
    keyed: World = world(tmp_path_factory.mktemp("log"))
    keyed.log.mkdir()
    report = verify_directory(keyed.log, keyed.public_folder)

    shown = _shown(report_panel(with_finding(report, finding(Code.FILE_UNREADABLE, ACTING))))

    assert not set(ACTING) & set(shown) - set("[2Jtx")
