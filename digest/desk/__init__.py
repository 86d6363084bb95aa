"""The editors' desk: see, understand, shape, check and approve the coming edition in a browser."""
