"""Bedrock Converse, as AWS serves models of many makers; only providers speak it."""
