"""Where numbers come from: source registry, readers of official formats, bundled facts, the panel builder."""
