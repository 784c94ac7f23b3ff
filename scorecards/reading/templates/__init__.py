"""(pure) Templates of services and of resources: what they ask, what they make, and what comes out."""
