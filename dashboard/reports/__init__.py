"""The weekly report: what a team's week came to, as an e-mail that people read."""
