"""The repositories of the demo's services, and how they came to be as they are."""
