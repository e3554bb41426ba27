"""Products for customers: several recommenders with one protocol, the lists that they make, and how they are judged.

`known` frames -> `matrices` customers × products -> a `Recommender` (`item_to_item`, `content`, `user_based`, `blends`)
-> `lists`; `backtest` chooses and judges.
"""
