"""The standards that services are judged by: packs of controls, read and refused."""
