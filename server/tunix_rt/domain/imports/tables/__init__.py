"""Import tables: CSV and Parquet files whose rows become traces by a column map."""
