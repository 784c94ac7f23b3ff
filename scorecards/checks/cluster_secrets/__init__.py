"""(pure) Checks of the secrets of a cluster: stored, found and rotated. DOP-7.1-04, -05, -06."""
