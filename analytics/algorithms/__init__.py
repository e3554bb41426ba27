"""Pure functions: arrays and frames in, arrays and frames out. No Django, no clock, no global randomness."""
