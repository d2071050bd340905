"""The feed-forward network of one layer, neuron by neuron: what wakes, what it adds, which tokens that pushes."""
