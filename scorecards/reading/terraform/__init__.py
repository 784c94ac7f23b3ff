"""(pure) What Terraform, OpenTofu and Terragrunt files mean: directories, roots, modules, providers, states."""

from scorecards.reading.terraform.classes import Root, is_published, modules, roots
from scorecards.reading.terraform.directory import Directory, Located, directories

__all__ = ["Directory", "Located", "Root", "directories", "is_published", "modules", "roots"]
