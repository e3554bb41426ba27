"""Buy till you die: customers without a contract, who buy at a rate of their own until they silently leave."""
