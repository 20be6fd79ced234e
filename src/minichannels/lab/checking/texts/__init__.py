"""What a check says: texts, slips, misconceptions."""
