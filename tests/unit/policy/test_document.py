"""The policy document: its mistakes are told in words, and docs and schema follow it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.case_document import CasesDocument
from guardrail_gw.policy.cases import run_cases
from guardrail_gw.policy.document import PolicyDocument, WrittenAction
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.policy import Action, Durability
from guardrail_gw.policy.schema import schemas
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ("default", "eu-strict")
BASE = shipped("policies/default/policy.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("when: pii_detected", "when: pii_detectd", "when: input should be 'pii_detected' or"),
        ("when: pii_detected", "when: pii_detectd", "did you mean 'pii_detected'?"),
        ("when: pii_detected", "when: [PRESON]", "when[0]: unknown entity 'PRESON'; did you mean"),
        ("when: pii_detected", "when: []", "spec.residency.when: "),
        ("PERSON: {action: token}", "PERSON: {action: tokn}", "did you mean 'token'?"),
        ("PERSON: {action: token}", "PRESON: {action: token}", "did you mean 'PERSON'?"),
        ("PERSON: {action: token}", "PERSON: {actoin: token}", "did you mean 'action'?"),
        ("PERSON: {action: token}", "PERSON: {action: token, restore: no}", "unknown field"),
        ("PERSON: {action: token}", "PERSON: {action: token, allow_values: X}", "must be a list"),
        ("PERSON: {action: token}", 'PERSON: {action: token, allow_values: [""]}', "at least 1"),
        ("PERSON: {action: token}", "PERSON: {action: token, allow: [X]}", "unknown field"),
        ("default: {action", "code: scna\n    default: {action", "did you mean 'scan'?"),
        ("[EU]", "[EUU]", "allow_jurisdictions[0]: unknown jurisdiction 'EUU'; did you mean 'EU'?"),
        ("[EU]", "[World]", "unknown jurisdiction 'World'"),
        (
            "PERSON: {action: token}",
            "US_SSN: {action: token}",
            "US_SSN: looked for only with `jurisdictions: [US]` under pii",
        ),
        ("when: pii_detected", "when: [US_SSN]", "looked for only with `jurisdictions: [US]`"),
        ("[EU]", "[]", "allow_jurisdictions: needs at least 1 item(s)"),
        ("[EU]", "EU", "allow_jurisdictions: must be a list"),
        ("attachments: block", "attachment: block", "did you mean 'attachments'?"),
        ("version: 1", 'version: "1"', "metadata.version: must be a whole number"),
        ("version: 1", "version: 0", "metadata.version: input should be greater"),
        ("kind: Policy", "kind: Polcy", "kind: input should be 'Policy', not 'Polcy'"),
        ("guardrail-gw/v1", "guardrail-gw/v2", "apiVersion: input should be 'guardrail-gw/v1'"),
        ('endpoint: ["*"]', "endpoint: [openai_caht]", "did you mean 'openai_chat'?"),
        ('tenant: ["*"]', "tenant: []", "tenant: needs at least 1 item(s)"),
        ("min_score: 0.5", "min_score: 1.5", "min_score: input should be less than or equal to 1"),
        ("id: default", "id: Default Policy", "metadata.id: string should match pattern"),
        ("detail: metadata", "detail: everything", "detail: input should be 'metadata'"),
    ],
)
def test_a_typo_is_told_with_its_place_and_a_suggestion(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Each mistake a policy author may make names file, line and field."""
    assert old in BASE
    text = BASE.replace(old, new, 1)
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_set(tmp_path, vocabulary())

    line = BASE[: BASE.index(old)].count("\n") + 1
    assert said in str(caught.value)
    assert f"policy.yaml:{line}:" in str(caught.value)


def test_whose_identifiers_are_looked_for_is_compiled(tmp_path: Path) -> None:
    """Names of jurisdictions become countries, an unknown one is a fault, none is none."""
    said = BASE.replace("  pii:\n", "  pii:\n    jurisdictions: [US, UK]\n", 1)
    (tmp_path / "policy.yaml").write_text(said, encoding="utf-8")
    shipped_one = load_set(shipped("policies/default"), vocabulary()).documents[0]

    chosen = load_set(tmp_path, vocabulary()).documents[0]
    (tmp_path / "policy.yaml").write_text(said.replace("[US, UK]", "[USA]"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"pii\.jurisdictions\[0\]: unknown jurisdiction 'USA'"):
        load_set(tmp_path, vocabulary())

    assert chosen.policy.identifiers_of == {"US", "GB"}
    assert shipped_one.policy.identifiers_of == frozenset()


def test_written_actions_are_those_that_rooms_obey_and_ignore() -> None:
    """Every action can be written, in the same order, and only `ignore` is written alone."""
    assert [a.value for a in WrittenAction] == ["ignore", *(a.value for a in Action)]


@pytest.mark.parametrize("old", ["PERSON: {action: token}", "default: {action: token"])
def test_surrogates_without_their_extra_stop_the_start(tmp_path: Path, old: str) -> None:
    """The fault names the line and says what to install; with the extra the policy loads."""
    text = BASE.replace(old, old.replace("token", "surrogate"))
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_set(tmp_path, vocabulary(surrogates=False))

    assert "pip install 'guardrail-gw[surrogates]'" in str(caught.value)
    assert f"policy.yaml:{BASE[: BASE.index(old)].count(chr(10)) + 1}:" in str(caught.value)
    assert load_set(tmp_path, vocabulary(surrogates=True)).documents


@pytest.mark.parametrize("name", ["policy.schema.json", "cases.schema.json"])
def test_the_published_schema_is_current(name: str) -> None:
    """docs/schema holds what `python -m guardrail_gw.policy.schema docs/schema` writes."""
    written = (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8")

    assert written == schemas()[name]


@pytest.mark.parametrize("folder", SHIPPED)
@pytest.mark.parametrize("name", ["policy", "cases"])
def test_the_schema_accepts_what_ships(folder: str, name: str) -> None:
    """An editor that uses the schema finds no fault in the shipped files."""
    schema = json.loads(schemas()[f"{name}.schema.json"])
    text = shipped(f"policies/{folder}/{name}.yaml").read_text(encoding="utf-8")
    value = yaml.load(text.replace("[NO]", "['NO']"), Loader=yaml.SafeLoader)

    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(value)) == []


def test_the_schema_refuses_an_unknown_field() -> None:
    """The schema is as strict about names as the gateway is."""
    schema = json.loads(schemas()["policy.schema.json"])
    value = yaml.safe_load(BASE)
    value["spec"]["budgets"] = []

    assert list(Draft202012Validator(schema).iter_errors(value)) != []


def fields(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Every field name that may stand in a file of this model, with what its model says of it."""
    definitions = model.model_json_schema()
    for each in (definitions, *definitions.get("$defs", {}).values()):
        for name, schema in each.get("properties", {}).items():
            yield name, schema.get("description", "")


@pytest.mark.parametrize("model", [PolicyDocument, CasesDocument])
def test_every_field_and_action_is_documented(model: type[BaseModel]) -> None:
    """docs/policy.md names each field in code style, and the schema describes it."""
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")

    assert [name for name, description in fields(model) if not description] == []
    assert [name for name, _ in fields(model) if f"`{name}`" not in text] == []
    assert [a.value for a in WrittenAction if f"| `{a.value}`" not in text] == []


def test_every_entity_is_documented_with_its_line() -> None:
    """The table of entities in docs/policy.md is the vocabulary, word for word."""
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")

    assert [n for n, line in ENTITIES.items() if f"| `{n}` | {line} |" not in text] == []


def test_the_examples_in_the_documentation_work(tmp_path: Path) -> None:
    """The cases of a section hold for its own policy, or else for the first one of the page.

    A policy with `when` is tried beside that first one.
    """
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    tried: list[list[tuple[str, ...]]] = []

    for section in re.split("^#+ ", text, flags=re.MULTILINE):
        policies, cases = _examples(section, "Policy"), _examples(section, "PolicyCases")
        for number, case in enumerate(cases):
            folder = tmp_path / f"{len(tried)}-{number}"
            folder.mkdir()
            (first, *_), beside = _examples(text, "Policy"), [p for p in policies if "  when:" in p]
            own = [p for p in policies if p not in beside] or [first]
            write_policies(folder, base=own[0], cases=case)
            write_policies(folder, **{f"beside{n}": each for n, each in enumerate(beside)})
            tried.append([r.differences for r in run_cases(folder, vocabulary()).results])

    assert len(_examples(text, "Policy")) == 7
    assert tried == [
        [()],
        [(), (), (), ()],
        *([(), ()], [(), ()], [()], [(), ()], [()], [(), (), ()]),
    ]


def _examples(text: str, kind: str) -> list[str]:
    blocks = [block.split("```")[0] for block in text.split("```yaml\n")[1:]]
    return [block for block in blocks if f"kind: {kind}\n" in block]


def test_allowed_values_and_code_are_what_the_rooms_obey(tmp_path: Path) -> None:
    """A value is allowed for its own line, whatever its case; `scan` reaches the policy."""
    text = BASE.replace(
        "PERSON: {action: token}", 'PERSON: {action: token, allow_values: ["Max  Muster"]}'
    ).replace("  pii:\n", "  pii:\n    code: scan\n")
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")

    policy = load_set(tmp_path, vocabulary()).documents[0].policy

    assert policy.code_scanned
    assert policy.rule_for(Entity("PERSON")).allows("max muster")
    assert not policy.rule_for(Entity("LOCATION")).allows("max muster")
    assert "muster" not in repr(policy).lower()


@pytest.mark.parametrize(("name", "scanned"), [("default", False), ("eu-strict", True)])
def test_code_is_scanned_where_everything_stays_in_the_eu(name: str, *, scanned: bool) -> None:
    """The strict policy reads code like prose, the default one does not."""
    (document,) = load_set(shipped(f"policies/{name}"), vocabulary()).documents

    assert document.policy.code_scanned is scanned


def test_what_the_gateway_cannot_keep_stops_the_start(tmp_path: Path) -> None:
    """Where the log does not last, a policy asks for the collector; one with `when` need not."""
    goes = replace(vocabulary(), durable=frozenset({Durability.REMOTE}))
    spec = "pii: {default: {action: token}}"
    remote = policy_text("base", f"{spec}\naudit: {{durability: remote}}")
    night = policy_text("night", "when: time.hour < 6\npii: {default: {action: mask}}")
    write_policies(tmp_path, base=remote, night=night)

    kept = {d.id: d.policy.durability for d in load_set(tmp_path, goes).documents}
    write_policies(tmp_path, night=policy_text("night", f"{spec}\naudit: {{detail: full}}"))
    with pytest.raises(ConfigError, match=r"night\.yaml:\d+.*`local` needs a log that lasts"):
        load_set(tmp_path, goes)

    assert kept == {"base": Durability.REMOTE, "night": None}
