"""(pure) Checks of service level objectives and of the queries behind them (DOP-5.1-01 to DOP-5.1-05)."""
