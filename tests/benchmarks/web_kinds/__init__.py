"""What is measured of the web client, one kind a file."""
