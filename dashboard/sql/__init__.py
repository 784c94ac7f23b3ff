"""The datasets as views of the database, ``bi_v1_...``: a star of facts and dimensions for whoever reads in SQL.

``star`` tells which views there are and what joins them; their columns are those of ``dashboard.datasets``.
``compiled`` makes SQL of them that needs nothing of this program, ``keeping`` has the database hold them, and
``readers`` makes roles that may read them and nothing else.
"""
