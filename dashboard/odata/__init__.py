"""The datasets as an OData 4.0 feed that only reads, for Power BI, Excel and Tableau."""
