"""Phrases that give a model orders where a description or a result should inform it.

Each phrase has a score: how sure it is that no honest text says so. Texts are read in lower case,
folded (detection/normalise), with one blank between words.

Source: OWASP "LLM Prompt Injection Prevention Cheat Sheet" and "MCP Tool Poisoning" (2026);
CVE-2025-54136; MITRE ATLAS AML.T0051.
"""

import re
from collections.abc import Iterator
from typing import Final

_OLD: Final = (
    r"(?:all |any |the |your |of |these |those |my )*"
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|system|other)"
)
_RULES: Final = (
    r"(?:instructions?|prompts?|rules?|messages?|guidelines?|directions?|context|polic(?:y|ies)|"
    r"commands?|orders?)"
)
_READS: Final = r"(?:read|open|fetch|send|include|pass|append|attach|copy|upload|forward|put|cat)"
_SECRETS: Final = (
    r"(?:~?/?\.ssh/?|id_rsa|id_ed25519|\.aws/credentials|\.env\b|/etc/passwd|/etc/shadow|"
    r"mcp\.json|\.netrc|\.npmrc|private keys?|api keys?|access tokens?|passwords?|credentials|"
    r"conversation history|chat history|system prompt)"
)
_WHO: Final = r"(?:assistants?|ai(?: models?| agents?)?|llms?|language models?|agents?|models?)"

_PATTERNS: Final[tuple[tuple[float, str, str], ...]] = (
    (
        0.95,
        "ignore |disregard |forget |override |bypass |discard ",
        rf"\b(?:ignore|disregard|forget|override|bypass|discard) {_OLD} {_RULES}",
    ),
    (
        0.95,
        "ignoriere ",
        r"\bignoriere (?:alle |die |bitte )*(?:vorherigen|bisherigen|obigen|früheren) ",
    ),
    (
        0.95,
        "ignore",
        r"\bignore[zr]? (?:toutes |les |tous )*(?:instructions|consignes) (?:précédent|antér)",
    ),
    (
        0.95,
        "ignora |ignore ",
        r"\bignor[ae] (?:todas |las |tutte |le |todos |as )*(?:instruc|istruz|instruç)\w+ [ap]",
    ),
    (0.95, "negeer ", r"\bnegeer (?:alle |de )*(?:vorige|eerdere|bovenstaande) "),
    (0.95, "zignoruj ", r"\bzignoruj (?:wszystkie )?(?:poprzednie|wcześniejsze) "),
    (
        0.9,
        " user",
        (
            r"\b(?:do not|don't|never|must not|without) (?:ever )?"
            r"(?:tell|telling|mention|mentioning|inform|informing|notify|notifying|reveal|"
            r"revealing|show|showing|alert|alerting|disclose|disclosing) "
            r"(?:about |any of |of |that |this |it |these |the result )*(?:to )?"
            r"(?:the |your )?users?\b"
        ),
    ),
    (
        0.9,
        "from the user",
        r"\b(?:hide|conceal|keep) (?:this|it|these)\b[^.!?]{0,30} (?:from|secret from) the user",
    ),
    (0.85, "<", r"<\|?(?:im_start|im_end|system|endoftext|start_header_id)\|?>"),
    (0.85, "inst]|<<sys>>", r"\[/?inst\]|<<sys>>"),
    (0.8, "<", r"</?(?:important|secret|hidden|admin|override|instructions?|critical)>"),
    (
        0.85,
        (
            "ssh|id_rsa|id_ed25519|credentials|.env|/etc/|mcp.json|.netrc|.npmrc|key|token|password"
            "|history|prompt"
        ),
        rf"\b{_READS}\b[^.!?]{{0,60}} ?{_SECRETS}[^.!?]{{0,80}}\b(?:as|in|to|into|with|via)\b",
    ),
    (
        0.75,
        " tool",
        (
            r"\b(?:before|after|whenever|when|each time|every time)(?: you)? "
            r"(?:use|using|call|calling|invoke|invoking|run|running) "
            r"(?:this|any|the|an?|other|another)\b[^.!?]{0,40}\btools?\b"
            rf"[^.!?]{{0,60}}\b(?:must|always|first|have to|need to)\b[^.!?]{{0,30}}\b{_READS}\b"
        ),
    ),
    (
        0.8,
        "instruction|prompt|directive",
        r"\b(?:new|updated|real|actual) (?:system )?(?:instructions?|prompt|directive)s?(?: are)?:",
    ),
    (
        0.75,
        "you are now|you are no longer",
        r"\byou are (?:now|no longer) (?:a|an|in|the|bound|restricted|allowed)\b",
    ),
    (
        0.75,
        ":",
        rf"\b(?:attention|note|message|notice|instructions?) (?:to|for) (?:the |all )?{_WHO}\b ?:",
    ),
    (
        0.4,
        " must | shall | required to | has to ",
        rf"\b{_WHO} (?:must|shall|is required to|are required to|has to) ",
    ),
    (
        0.8,
        "jailbreak|developer mode|dan mode",
        r"\b(?:jailbreak|developer mode|dan mode)\b.{0,40}\b(?:enabled|active|on)\b",
    ),
    (
        0.7,
        "secretly|silently|covertly",
        r"\b(?:secretly|silently|covertly) (?:call|send|read|forward|add|copy|execute|include)\b",
    ),
)
"""Score, words of which a text must have one to be looked at, and the phrase."""
_SHORTEST: Final = len("[inst]")
_ORDERS: Final = tuple((score, re.compile(pattern)) for score, _, pattern in _PATTERNS)


def _by_word() -> Iterator[tuple[str, frozenset[int]]]:
    """Each word, and the phrases that are worth a look where it stands."""
    said = [frozenset(words.split("|")) for _, words, _ in _PATTERNS]
    for word in sorted(frozenset[str]().union(*said)):
        yield word, frozenset(at for at, words in enumerate(said) if word in words)


_BY_WORD: Final = tuple(_by_word())


def worst_order(text: str) -> float:
    """The highest score of the phrases in a text, folded already; 0 where there is none."""
    if len(text) < _SHORTEST:
        return 0.0
    read = " ".join(text.lower().replace("\u2019", "'").split())
    near = {at for word, phrases in _BY_WORD if word in read for at in phrases}
    found = (_ORDERS[at][0] for at in near if _ORDERS[at][1].search(read))
    return max(found, default=0.0)
