"""(pure) Checks of Ansible."""
