"""Any flat customer table (CSV, Parquet, Excel) as examples: for public data sets and a bank's own wide tables."""
