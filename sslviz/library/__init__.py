"""The library: trained models with their cards, small enough to ship, each the record of the run that made it."""
