"""Import tables: files whose rows become traces, once each field has a column."""
