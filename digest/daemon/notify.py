"""Telling systemd that we are ready, alive and stopping: sd_notify(3), in the twenty lines it needs."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Systemd:
    """The manager that started us; without one every call does nothing."""

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        self.address = env.get("NOTIFY_SOCKET", "")
        # sd_watchdog_enabled(3): the limit in microseconds, meant for the process WATCHDOG_PID names.
        mine = env.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(env.get("WATCHDOG_USEC", "0")) / 1e6 if mine else 0.0

    def tell(self, *states: str) -> None:
        """Send states such as ``READY=1`` or ``STATUS=next slot …``."""
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.sendto("\n".join(states).encode(), address)
            except OSError:  # a manager that stopped listening must not stop the sending
                return
