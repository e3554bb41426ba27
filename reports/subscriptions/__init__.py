"""Reports by e-mail: `moments` says when one comes due, `mails` what it says, `sending` sends it as a job, once."""
