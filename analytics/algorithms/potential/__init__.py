"""What a customer will buy, by models of buying and leaving, by models of features, and by what is no model at all."""
