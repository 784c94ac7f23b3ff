"""(pure) The API that a platform offers: its contract, and the handlers behind it."""

from scorecards.reading.platform_api.contract import Contract, Operation, contracts
from scorecards.reading.platform_api.handlers import Handler, handlers, middleware
from scorecards.reading.platform_api.service import Api, apis

__all__ = ["Api", "Contract", "Handler", "Operation", "apis", "contracts", "handlers", "middleware"]
