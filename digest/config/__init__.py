"""config.yaml -> frozen settings; every problem reported at once, with its key path and line."""
