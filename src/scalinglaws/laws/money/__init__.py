"""What a training run costs, and what serving costs."""
