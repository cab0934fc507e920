"""Text to findings: normalised copy, rules, named-entity recognition, merge; run in processes."""
