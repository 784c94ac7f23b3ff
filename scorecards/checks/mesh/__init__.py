"""(pure) Checks of a service mesh: DOP-3.3."""
