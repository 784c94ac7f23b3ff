"""The datasets: what an analyst can read, told once, for the REST lists, OData, files and SQL.

Every dataset is a ``Dataset`` of ``dashboard.datasets.every.DATASETS``, by its name as in paths. What reads one needs:

- ``dataset.columns``: each with name, type, text, unit, values, nullable (``columns.Column``); ``dataset.key`` names
  the one that tells rows apart;
- ``dataset.queryset(actor)``: the rows that a user or token may see, and nothing else;
- ``dataset.values(rows, names)``: tuples of the columns' values, in their order; all in SQL, in one query;
- ``dataset.ordered(rows)``: by ``(updated_at, primary key)``, the order of incremental readers, through an index;
- ``dataset.expression(name)``: a column as an expression, to filter and order by;
- ``dataset.removed(actor)``: keys that left the dataset, and when; ``incremental`` tells up to when a reader has all.

Values are of the types that ``columns.Type`` names; the same query, without an actor, is what SQL views are made of.
"""
