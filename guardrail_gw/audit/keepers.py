"""What looks after a log from outside its files: a registry elsewhere, room on the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guardrail_gw.audit.anchor import check_anchor
from guardrail_gw.audit.recovery import Resumption
from guardrail_gw.audit.registry import Registry, seat_of
from guardrail_gw.audit.space import Level, Space, is_full


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """Each may be missing, and then is silent."""

    registry: Registry | None = None
    space: Space | None = None
    signed: Callable[[int], None] | None = None
    """Told of each checkpoint's size, on the writer's thread."""

    @property
    def full(self) -> bool:
        """Whether nothing new may begin for want of room."""
        return self.space is not None and self.space.level is Level.FULL

    def check(self, directory: Path, state: Resumption) -> None:
        """Hold a log's state against the registry; raises as `check_anchor`."""
        if self.registry is not None:
            check_anchor(self.registry, directory, state)

    def enter(self, directory: Path, origin: str, now_us: int) -> None:
        """List a log before it has a record; raises OSError or RecordError."""
        if self.registry is not None:
            self.registry.enter(origin, seat_of(directory), now_us)

    def swap(self, note: bytes) -> None:
        """Show a checkpoint elsewhere before the log shows it; raises as `Registry.swap`."""
        if self.registry is not None:
            self.registry.swap(note)

    def tell(self, size: int) -> None:
        """The log shows a checkpoint of that size."""
        if self.signed is not None:
            self.signed(size)

    def look(self) -> None:
        """Measure the disk; raises OSError."""
        if self.space is None:
            return
        try:
            self.space.look()
        except OSError as error:
            if not is_full(error):
                raise
            self.space.release()

    def make_room(self) -> None:
        """The disk has refused a write."""
        if self.space is not None:
            self.space.release()

    def close(self) -> None:
        """The log is about to end in order."""
        if self.space is not None:
            self.space.close()
