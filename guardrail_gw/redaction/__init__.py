"""Personal data out on the way in, back on the way out."""
