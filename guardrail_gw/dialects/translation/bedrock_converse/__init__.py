"""The spoke of Bedrock Converse; only providers speak it."""
