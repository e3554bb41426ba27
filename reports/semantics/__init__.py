"""What can be measured, and by what: each measure and each dimension is defined once, here, for every page that asks.

    question = Question(measure="revenue", by="month", since=..., until=...)
    answer(question, sight=request.user.sight)

`subjects` are the facts, `measures` what is added up of them, `dimensions` what it is divided by. A question names them
by their keys alone; no text of a person becomes SQL.
"""
