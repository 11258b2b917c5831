"""The storage: where finished files of jobs are kept, in a folder or in an object storage.

base      the interface: a storage, its files, and the folders of attempts in it
folder    a folder of this machine, or one that several machines share
objects   S3, Google Cloud Storage or Azure Blob Storage, by obstore
reading   reads a file of an object storage in pieces
requests  limits and errors of requests to an object storage
opening   returns the storage that the settings name
"""
