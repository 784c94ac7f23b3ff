"""(pure) Dockerfiles: instructions and stages with their lines; heredocs are data."""

from ingest.repository.documents.dockerfile.model import Dockerfile, Heredoc, Instruction, Stage
from ingest.repository.documents.dockerfile.read import read_dockerfile

__all__ = ["Dockerfile", "Heredoc", "Instruction", "Stage", "read_dockerfile"]
