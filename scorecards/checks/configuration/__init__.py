"""(pure) Checks of configuration: outside of images, per environment, valid and free of secrets. DOP-7.1-01, -02."""
