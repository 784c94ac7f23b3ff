"""(pure) Templates of Helm charts: masked so that they read as YAML, and what their actions refer to."""

from ingest.repository.documents.helm.actions import Action, Block
from ingest.repository.documents.helm.masked import OPAQUE, Masked, Named, Splice, ValueUse, is_opaque
from ingest.repository.documents.helm.masking import mask

__all__ = ["OPAQUE", "Action", "Block", "Masked", "Named", "Splice", "ValueUse", "is_opaque", "mask"]
