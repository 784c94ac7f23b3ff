"""(pure) What Terraform, OpenTofu and Terragrunt files mean: directories, roots, modules, providers, states."""

from scorecards.reading.terraform.classes import Root, is_published, modules, roots
from scorecards.reading.terraform.directory import Directory, Located, directories, directory

__all__ = ["Directory", "Located", "Root", "directories", "directory", "is_published", "modules", "roots"]
