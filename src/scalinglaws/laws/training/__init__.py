"""Laws of training: loss against parameters, tokens and compute."""
