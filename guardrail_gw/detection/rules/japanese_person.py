"""Persons with Japanese names in Kanji and Kana.

Source: `lists/LICENSES_SOURCES`; honorifics and labels of forms. A surname of the list counts
before an honorific or a given name of the list; a name in Katakana before an honorific.
"""

import re
from collections.abc import Iterator
from functools import cache

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_HAN = "[\u4e00-\u9fff\u3005]"
_KATAKANA = "[\u30a1-\u30fa\u30fc]"
_HONORIFIC = (
    "さん|さま|様|氏|君|くん|ちゃん|殿|先生|部長|課長|社長|"
    "教授|選手|監督|議員|首相|店長|係長|会長|記者"
)
_LABEL = "氏名|お名前|名前|担当者|担当|宛名|送付先|受取人|差出人|著者|患者名"
_NO_NAMES = frozenset(
    (
        *("ユーザー", "オーナー", "スタッフ", "メンバー", "ドライバー", "パートナー", "サポーター"),
        *("リーダー", "マネージャー", "エンジニア", "カスタマー", "プレイヤー", "ファン", "ゲスト"),
    )
)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], float], ...]:
    """Each way in which a name is given away, with its score."""
    surnames = "|".join(sorted(names("japanese_surnames"), key=lambda name: (-len(name), name)))
    given = "|".join(sorted(names("japanese"), key=lambda name: (-len(name), name)))
    behind = rf"(?:[ \u3000]?(?:{given})|[ \u3000]{_HAN}{{1,3}}|{_HAN}{{1,2}})"
    label = (
        rf"(?:{_LABEL})[は:：] ?(?P<name>(?:{surnames})(?:[ \u3000]?(?:{given}|{_HAN}{{1,3}}))?)"
    )
    listed = rf"(?P<name>(?:{surnames})[ \u3000]?(?:{given}))"
    kana = rf"(?<!{_KATAKANA})(?P<name>{_KATAKANA}{{2,10}}(?:・{_KATAKANA}{{2,10}}){{0,2}})"
    return (
        (re.compile(label), 0.7),
        (re.compile(rf"(?P<name>(?:{surnames}){behind}?)(?={_HONORIFIC})"), 0.6),
        (re.compile(listed), 0.55),
        (re.compile(rf"{kana}(?=さん|さま|様|氏|君|くん)"), 0.55),
    )


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.7 by a label, 0.6 by an honorific, 0.55 by a list or in Katakana."""
    for pattern, score in _patterns():
        for match in pattern.finditer(text):
            if match["name"] not in _NO_NAMES:
                start, end = match.span("name")
                yield Finding(
                    start=start, end=end, entity=ENTITY, score=score, recognizer="japanese_person"
                )


RULE = Rule(
    name="japanese_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "田中さんに連絡",
        "高橋 翔太",
        "氏名：佐藤 美咲",
        "マリアさんが来た",
        "渡辺部長",
        "担当者は鈴木直人",
    ),
    invalid=("お客様", "皆様へ", "ユーザー様", "東京都", "氏名", "神様"),
)
