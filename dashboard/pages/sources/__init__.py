"""Sources of deliveries in the site: what is connected and how it is doing, and how to connect more."""
