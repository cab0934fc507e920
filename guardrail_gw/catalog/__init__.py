"""What exists: providers, regions, jurisdictions and prices, as data with source and date."""
