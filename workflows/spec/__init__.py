"""What a user declares: specs of runs and what belongs in them, each one TOML file; the bundled ones."""
