"""The name server of these tests is in name_server.py."""
