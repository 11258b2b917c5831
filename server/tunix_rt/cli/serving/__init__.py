"""The server process of ``tunix-rt serve``, and the file by which clients of its data folder find it."""
