# SPDX-License-Identifier: Apache-2.0
"""A moto server with an organization on it, for as long as it runs; the file READY appears when all is there.

usage: organization.py HOST PORT READY

The management account is the one that moto gives to any key it does not know.
"""

import logging
import pathlib
import signal
import sys

import moto_organization
from moto.server import ThreadedMotoServer

MANAGEMENT = "123456789012"
ACCOUNTS = {f"member-{number}": ("", []) for number in range(1, 9)}


def main():
    host, port, ready = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line per request
    ready.unlink(missing_ok=True)
    server = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
    server.start()
    moto_organization.create(f"http://127.0.0.1:{port}", MANAGEMENT, units=(), accounts=ACCOUNTS, suspended=())
    ready.touch()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
