"""The rules of the house, as tests. `README.md` is the map."""
