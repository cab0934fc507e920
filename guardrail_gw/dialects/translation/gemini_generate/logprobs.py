"""Tokens with their probabilities, in the words of either side.

Source: Gemini API reference, "LogprobsResult"; OpenAI API reference, "The chat completion object",
as read in 2026.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def heard(result: Any) -> tuple[Mapping[str, Any], ...]:  # noqa: ANN401 - JSON
    """The tokens of a Gemini result as the hub has them; none where there is no result."""
    if not isinstance(result, dict):
        return ()
    chosen = result.get("chosenCandidates") or ()
    steps = result.get("topCandidates") or ()
    others = [step.get("candidates") or () for step in steps]
    others += [()] * (len(chosen) - len(others))
    return tuple(
        {**_token(token), "top_logprobs": [_token(other) for other in top]}
        for token, top in zip(chosen, others, strict=False)
    )


def told(tokens: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The hub's tokens as a Gemini result."""
    tops = [[_candidate(other) for other in token.get("top_logprobs") or ()] for token in tokens]
    return {
        "chosenCandidates": [_candidate(token) for token in tokens],
        "topCandidates": [{"candidates": top} for top in tops],
    }


def _token(candidate: Mapping[str, Any]) -> dict[str, Any]:
    text = str(candidate.get("token", ""))
    written = list(text.encode("utf-8", "surrogatepass"))
    return {"token": text, "logprob": candidate.get("logProbability", 0.0), "bytes": written}


def _candidate(token: Mapping[str, Any]) -> dict[str, Any]:
    return {"token": token.get("token"), "logProbability": token.get("logprob")}
