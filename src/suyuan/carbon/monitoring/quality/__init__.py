"""Tests of a stack's analysers: QAL2, QAL3, RATA, drift, and the hours that they put out of control."""
