"""Signature: bytes, signature, key, time and trust in; verdict out. The only room that knows the crypto library."""
