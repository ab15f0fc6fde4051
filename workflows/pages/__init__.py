"""What people read: pages made of `sections` and `pictures`, each one HTML file that needs nothing beside it."""
