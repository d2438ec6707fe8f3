"""Needs minus verified capability: gaps, clusters, industries, stages by chain nodes."""
