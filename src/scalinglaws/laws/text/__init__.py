"""Text as a resource: how much there is, and what repeating, copying and buying it does."""
