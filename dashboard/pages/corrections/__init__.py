"""Corrections by hand: what people say of deployments and incidents, over what their sources say."""
