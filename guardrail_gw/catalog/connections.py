"""What an operator wants of the connections to one deployment; left out: as for all."""

from typing import Annotated

from pydantic import Field

from guardrail_gw.documents import Strict

Limit = Annotated[int, Field(ge=1, le=100_000)]
Idle = Annotated[float, Field(gt=0, le=3600)]
Life = Annotated[float, Field(gt=0, le=86_400)]
Warm = Annotated[int, Field(ge=0, le=64)]


class ConnectionsConfig(Strict):
    """In each worker."""

    limit: Limit | None = None
    idle_s: Idle | None = None
    max_age_s: Life | None = None
    warm: Warm | None = None
