"""Feed -> Entry: fetch, parse, clean, pair pictures with captions; safe against hostile feeds."""
