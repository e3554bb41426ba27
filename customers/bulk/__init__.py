"""Acting on many customers of the list at once: whom, what, the job that does it, and the one that takes it back."""
