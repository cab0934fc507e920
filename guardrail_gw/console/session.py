"""Who may look: whoever has the link that the command printed, once, in one browser."""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from guardrail_gw.core.ports import Clock

IDLE_S = 3600.0
"""A session that nobody uses ends after this."""
_TOKEN_BYTES = 32


@dataclass(slots=True, kw_only=True)
class _Session:
    secret: str = field(repr=False)
    used_s: float


class Door:
    """One link, good once, and the session that it opens."""

    def __init__(self, clock: Clock) -> None:
        """Make the link's token."""
        self._clock = clock
        self._token: str | None = secrets.token_urlsafe(_TOKEN_BYTES)
        self._session: _Session | None = None

    @property
    def token(self) -> str | None:
        """What the link ends with; None once it was used."""
        return self._token

    def enter(self, token: str) -> str | None:
        """Use the link: the session's secret, or None if it is not the link or was used."""
        link = self._token
        if link is None or not hmac.compare_digest(link.encode(), token.encode()):
            return None
        self._token = None
        secret = secrets.token_urlsafe(_TOKEN_BYTES)
        self._session = _Session(secret=secret, used_s=self._clock.monotonic_s())
        return secret

    def admits(self, secret: str | None, *, by_itself: bool = False) -> bool:
        """Whether a session is open and this is its secret; using it keeps it open.

        Args:
            secret: what the browser brings.
            by_itself: whether the page asks without anybody's doing, which is no use of it.
        """
        session, now_s = self._session, self._clock.monotonic_s()
        if session is None or secret is None or now_s - session.used_s > IDLE_S:
            return False
        if not hmac.compare_digest(session.secret.encode(), secret.encode()):
            return False
        if not by_itself:
            session.used_s = now_s
        return True

    def leave(self) -> None:
        """End the session."""
        self._session = None

    def form_token(self) -> str:
        """What every form of the session carries, so that no other page can send one."""
        secret = self._session.secret if self._session else ""
        return hmac.new(secret.encode(), b"form", sha256).hexdigest()

    def accepts(self, form_token: str) -> bool:
        """Whether a form is of this session."""
        return self._session is not None and hmac.compare_digest(
            self.form_token().encode(), form_token.encode()
        )
