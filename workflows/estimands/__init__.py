"""What a posterior says, in units that a reader knows; checks of it, and where it has support."""
