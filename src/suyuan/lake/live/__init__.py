"""Readings as they come over a network: kept on disk before they are acknowledged, then blocks of the lake."""
