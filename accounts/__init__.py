"""People who log in: users, teams, roles and who may open what."""
