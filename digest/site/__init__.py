"""What subscribers see in a browser: subscribe, confirm, preferences, unsubscribe, archive, feeds."""
