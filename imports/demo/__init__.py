"""Demo data with known truth: customers who come, buy, tire and leave by rules that are written down beside them.

`generation.generate` fills an empty database; `truth.load` reads what the data was made from. Everything follows from a
`plan.DemoPlan`: the same plan gives the same rows. docs/demo-data.md describes the model.
"""
