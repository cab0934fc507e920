"""Persons with Chinese names in Han characters: a surname and a given name of one or two.

Source: `lists/LICENSES_SOURCES`; forms of address and labels as forms of the People's Republic of
China and Taiwan have them. Chinese has no blanks, so a name counts by a form of address behind it,
by a label or an introduction before it, or if a given name of two characters is in a list.
"""

import re
from collections.abc import Iterator
from functools import cache

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_HAN = "[\u4e00-\u9fff]"
_TITLE = (
    "先生|女士|小姐|太太|夫人|老师|老師|教授|博士|医生|醫生|医师|律师|律師|经理|經理|主任|总裁|总统|"
    "主席|总理|部长|部長|书记|同学|同學|师傅|法官|警官|董事长|秘书"
)
_LABEL = (
    "姓名|名字|联系人|聯絡人|收件人|寄件人|发件人|作者|经办人|负责人|法定代表人|申请人|患者|持卡人"
)
_END = f"(?!{_HAN})|(?=是|的|说|在|和|与|，|。|来自|今年|住)"
_NO_NAMES = frozenset(("不是", "一个", "什么", "中国", "这个", "那个", "是谁", "可以"))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], float], ...]:
    """Each way in which a name is given away, with its score."""
    surnames = "|".join(sorted(names("chinese_surnames"), key=lambda name: (-len(name), name)))
    given = "|".join(sorted(name for name in names("chinese") if len(name) > 1))
    name = f"(?:{surnames}){_HAN}{{1,2}}"
    says = f"(?:我叫|名叫|叫做|名字是|名字叫)(?P<name>{name}?)(?:{_END})"
    return (
        (re.compile(rf"(?:{_LABEL})[是为為]? ?[:：\s] ?(?P<name>{name})"), 0.7),
        (re.compile(says), 0.7),
        (re.compile(rf"(?P<name>(?:{surnames}){_HAN}{{0,2}}?)(?={_TITLE})"), 0.6),
        (re.compile(rf"(?P<name>(?:{surnames})(?:{given}))"), 0.55),
        (re.compile(rf"[\"\u201c「《](?P<name>{name})[\"\u201d」》]"), 0.35),
    )


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.7 by a label, 0.6 by a form of address, 0.55 by a list, 0.35 in quotes."""
    for pattern, score in _patterns():
        for match in pattern.finditer(text):
            if match["name"] not in _NO_NAMES:
                start, end = match.span("name")
                yield Finding(
                    start=start, end=end, entity=ENTITY, score=score, recognizer="chinese_person"
                )


RULE = Rule(
    name="chinese_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "姓名：赵明远",
        "我叫林晓，住在上海",
        "请联系陈先生",
        "欧阳教授来了",
        "张淑兰说",
        "聯絡人: 黃建志",
        "演员“曾舜晞”",
    ),
    invalid=("今天天气很好", "中国银行", "姓名", "先生您好", "我叫你来", "人工智能"),
)
