"""The live view: drawings that grow while things happen."""
