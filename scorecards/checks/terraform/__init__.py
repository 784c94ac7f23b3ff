"""(pure) Checks of Terraform, OpenTofu and Terragrunt code."""
