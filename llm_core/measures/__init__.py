"""What a model is made of: layers, heads, widths, and how many parameters each block has."""
