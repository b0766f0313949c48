"""The crawler: the only part of the program that touches the network."""
