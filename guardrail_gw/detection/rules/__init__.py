"""One kind of personal data per file: pattern, checksum, context, examples. No I/O here."""
