"""(pure) Tests of Terraform code: Terratest, native test files, Python and Kitchen."""
