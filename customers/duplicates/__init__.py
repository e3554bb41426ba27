"""Records that may be of the same customer: found while one is typed, and over the whole base by a job."""
