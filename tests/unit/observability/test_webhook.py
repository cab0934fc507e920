"""Messages to a real receiver: signed, tried again, in order, and never waited for."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai
import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.webhook import Webhook, key_of, signed
from tests.support.receiver import SECRET, Receiver


@asynccontextmanager
async def posting(
    url: str, *, again_s: tuple[float, ...] = (0.01, 0.01), timeout_s: float = 5
) -> AsyncIterator[tuple[Webhook, Counter[str]]]:
    """A webhook that delivers there, and what becomes of its messages."""
    counts = Counter[str]()

    def count(result: str) -> None:
        counts[result] += 1

    webhook = Webhook(
        url=url,
        key=key_of(SECRET),
        clock=SystemClock(),
        timeout_s=timeout_s,
        counted=count,
        again_s=again_s,
    )
    await webhook.start()
    try:
        yield webhook, counts
    finally:
        await webhook.close()


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification's reference libraries, byte for byte."""
    headers = signed(
        key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_message_is_what_others_can_verify() -> None:
    """By a library that is not ours, and not with another secret."""
    async with Receiver() as receiver, posting(receiver.url) as (webhook, counts):
        webhook.post("budget.reached", {"budget": "b", "percent": 80})
        heard = await receiver.next()

    heard.verify()
    with pytest.raises(openai.InvalidWebhookSignatureError):
        heard.verify("whsec_" + "AAAA" * 8)
    assert heard.said["type"] == "budget.reached"
    assert heard.said["data"] == {"budget": "b", "percent": 80}
    assert heard.said["timestamp"].endswith("Z")
    assert counts == {"delivered": 1}


async def test_it_is_tried_again_with_the_same_id_and_in_order() -> None:
    """Errors, redirects and silence are no answers; later messages wait their turn."""
    async with Receiver() as receiver, posting(receiver.url) as (webhook, counts):
        receiver.answers.extend([500, 302])
        webhook.post("first", {})
        webhook.post("second", {})
        heard = [await receiver.next() for _ in range(4)]

    assert [each.said["type"] for each in heard] == ["first", "first", "first", "second"]
    assert len({each.headers["webhook-id"] for each in heard[:3]}) == 1
    assert counts == {"delivered": 2}


async def test_who_never_answers_well_is_given_up_and_who_is_gone_at_once() -> None:
    """After the last wait; 410 says that nobody wants it any more."""
    async with Receiver() as receiver, posting(receiver.url) as (webhook, counts):
        receiver.answers.extend([500, 500, 500, 410, 204])
        for kind in ("one", "two", "three"):
            webhook.post(kind, {})
        heard = [(await receiver.next()).said["type"] for _ in range(5)]

    assert heard == ["one"] * 3 + ["two", "three"]
    assert counts == {"failed": 2, "delivered": 1}


async def test_nobody_there_holds_nobody_up() -> None:
    """Posting returns at once; what is too much, or left in the end, is dropped and counted."""
    async with posting("http://127.0.0.1:1/hooks", again_s=(60,)) as (webhook, counts):
        for number in range(300):
            webhook.post(f"{number}", {})
        await asyncio.sleep(0)
        assert counts == {"dropped": 300 - 256}
        webhook._empty.set()  # noqa: SLF001 - so that closing does not wait its two seconds

    assert counts == {"dropped": 300}


@pytest.mark.parametrize("secret", ["", "secret", "whsec_!", "whsec_" + "QUFB", "c2Vj" * 10])
def test_a_secret_that_is_none_is_refused_and_not_repeated(secret: str) -> None:
    """Too short, not base64, without its prefix."""
    with pytest.raises(ConfigError) as refused:
        key_of(secret)

    assert len(secret) < 8 or secret not in str(refused.value)
