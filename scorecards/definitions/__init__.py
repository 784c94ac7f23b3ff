"""What counts: the standard's own definitions, and what the organisation and its teams say over them, from a day on."""
