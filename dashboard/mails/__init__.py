"""Mails that the site sends."""
