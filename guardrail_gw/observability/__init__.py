"""What operators see: metrics and log lines, neither of which ever holds what a person wrote."""
