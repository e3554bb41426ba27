"""What `run.py` does: install, start, watch, stop, check, test. Knows no Django; starts it as programs of its own."""
