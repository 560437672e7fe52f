"""Taking affiliate plans down and listing them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from offshelf.delisting.deeds.deed import Look, look_each, trouble
from offshelf.delisting.deeds.promotions import judge
from offshelf.durable.ledger import LedgerAct
from offshelf.platforms.contract import CallResult, Connector, Meaning

_NO_PORT = CallResult(Meaning.ASK_PERSON, "affiliate", note="no affiliate port")


class StopAffiliate:
    """Take one plan down."""

    repeatable = True

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read each plan."""
        port = connector.affiliate
        if port is None:
            return {act.act_id: trouble(_NO_PORT) for act in acts}

        async def one(act: LedgerAct) -> Look:
            return judge((await port.observe(act.target)).value)

        return await look_each(acts, one)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Take it down."""
        return _NO_PORT if connector.affiliate is None else await connector.affiliate.stop(act.target)


class RestoreAffiliate:
    """List one plan again; needs the listing to be on sale."""

    repeatable = True

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read each plan: wanted is the opposite of stopping."""
        looks = await StopAffiliate().look(connector, acts)
        turned = {True: False, False: True, None: None}
        return {act_id: replace(look, satisfied=turned[look.satisfied]) for act_id, look in looks.items()}

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """List it."""
        return _NO_PORT if connector.affiliate is None else await connector.affiliate.restore(act.target)
