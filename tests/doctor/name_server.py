"""A DNS server on loopback that answers from a handful of records."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = "silent"  # a name whose questions are never answered
BROKEN = "broken"  # a name whose questions are answered with SERVFAIL
Zone = Mapping[str, Sequence[tuple[str, str]]]  # name -> [(type, value)]


class NameServer:
    """``records`` by name; a name that is there without the type asked for has no such record."""

    def __init__(self, records: Zone) -> None:
        self.records = {name.rstrip(".").lower(): found for name, found in records.items()}
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, question: dns.message.Message) -> dns.message.Message | None:
        (asked,) = question.question
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        found = self.records.get(name)
        if found == SILENT:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA | dns.flags.RA
        if found is None or found == BROKEN:
            answer.set_rcode(dns.rcode.NXDOMAIN if found is None else dns.rcode.SERVFAIL)
            return answer
        values = [value for type_, value in found if type_ == kind]
        if values:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *values))
        return answer
