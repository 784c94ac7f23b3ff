"""The site: settings, addresses, pages and API."""

VERSION = "0.1.0"
