"""What drives the engines: executor, scheduler, plugins, maintenance."""
