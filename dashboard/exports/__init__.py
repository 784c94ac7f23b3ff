"""Datasets as files: CSV, NDJSON and Parquet, streamed at a memory that does not grow with the rows."""
