"""The reports: what they say, as blocks, and each format that renders them."""
