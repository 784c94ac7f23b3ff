"""(pure) How services are configured at run time: frameworks, resilience, settings that change while they run."""
