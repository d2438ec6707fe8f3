"""The duty of an enterprise and its supervision: meters, control plan, deadlines, verification, oversight."""
