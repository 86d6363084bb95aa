"""The stages on many machines: Procrastinate tasks on the PostgreSQL that holds the ledger.

The queue only spreads work. It may lose a job or repeat one: what is owed stands in the ledger, claims have leases
and fences there, and whoever leads puts back into the queue what the ledger still owes.
"""
