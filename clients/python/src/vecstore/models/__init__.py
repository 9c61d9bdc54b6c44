"""What goes into calls and comes out of them."""
