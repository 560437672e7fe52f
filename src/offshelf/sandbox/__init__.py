"""The sandbox: an imitation of the platforms at the wire, with its own clock, buyers, faults and ledger.

It shares no code with the connectors; what it knows of the platforms it knows from the reference.
"""

from offshelf.sandbox.app import create_app
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.faults import FaultPlan, FaultRule, load_faults
from offshelf.sandbox.quotas import QuotaPlan
from offshelf.sandbox.serve import serve
from offshelf.sandbox.snapshot import Snapshot, load_snapshot
from offshelf.sandbox.world import World, build_world

__all__ = [
    "FaultPlan",
    "FaultRule",
    "QuotaPlan",
    "SandboxConfig",
    "Snapshot",
    "World",
    "build_world",
    "create_app",
    "load_faults",
    "load_snapshot",
    "serve",
]
