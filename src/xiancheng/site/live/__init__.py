"""Live updates: server-sent events from a small ASGI process, so that watchers hold no thread of the web server."""
