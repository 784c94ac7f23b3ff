"""(pure) HCL (Terraform, OpenTofu, Terragrunt) with the line of every block and attribute."""

from ingest.repository.documents.hcl.model import Attribute, Block, Body, Comment, Expr, HclFile
from ingest.repository.documents.hcl.read import read_hcl

__all__ = ["Attribute", "Block", "Body", "Comment", "Expr", "HclFile", "read_hcl"]
