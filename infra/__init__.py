"""What stands around the functions: the stacks that deploy them, and the local cloud."""
