"""Pictures: one file is one chart, a pure function from a frame to a `Drawing`. No Django, no clock, no database."""
