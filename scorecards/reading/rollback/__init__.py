"""(pure) Rollback: what triggers it, which way it takes, who may start it by hand, and how safe that is."""
