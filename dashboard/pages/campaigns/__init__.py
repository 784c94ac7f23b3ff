"""Campaigns: what is asked of whom until when, how far it is, and the forms that make and end one."""
