"""Figures as they are and as they would be under other definitions, before anybody says so."""
