"""Fits of lines, polynomials and curves (ISO/TS 28037, 28038), and calibration curves used forwards and backwards."""
