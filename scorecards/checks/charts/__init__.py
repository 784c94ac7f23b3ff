"""(pure) Checks of Helm charts, their values, and what exposes services: DOP-3.2."""
