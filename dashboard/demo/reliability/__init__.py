"""What the demo's Prometheus told, how its objectives were kept, and what the gate answered."""
