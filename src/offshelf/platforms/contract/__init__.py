"""What a connector offers: small typed ports (each optional, each under ten methods), provider-free records, results."""

from offshelf.platforms.contract.connector import Connector, Grade, Manifest
from offshelf.platforms.contract.ports import (
    AffiliatePort,
    AfterSalesPort,
    InboundPort,
    ListingsPort,
    OrdersPort,
    ProbePort,
    PromotionsPort,
    QuotaPort,
    ShowcasePort,
    StockPort,
)
from offshelf.platforms.contract.results import (
    CallFailedError,
    CallResult,
    Meaning,
    Page,
    Probe,
    Push,
    Quota,
    Seen,
    ShowcaseItem,
    StockSeen,
)
from offshelf.platforms.contract.tokens import TokenState, TokenStore

__all__ = [
    "AffiliatePort",
    "AfterSalesPort",
    "CallFailedError",
    "CallResult",
    "Connector",
    "Grade",
    "InboundPort",
    "ListingsPort",
    "Manifest",
    "Meaning",
    "OrdersPort",
    "Page",
    "Probe",
    "ProbePort",
    "PromotionsPort",
    "Push",
    "Quota",
    "QuotaPort",
    "Seen",
    "ShowcaseItem",
    "ShowcasePort",
    "StockPort",
    "StockSeen",
    "TokenState",
    "TokenStore",
]
