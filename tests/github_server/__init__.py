"""GitHub on loopback, for tests: an organisation in memory, its REST and GraphQL APIs, webhooks, and what goes wrong.

Written from GitHub's public documentation: ``organisation.make`` gives the data and ``server.Server`` serves it, also
as ``python -m tests.github_server``. Each shape names the page that it follows.
"""
