# SPDX-License-Identifier: Apache-2.0
"""A moto server, AWS in memory, in a process of its own on a free loopback port, or where it is told.

As a program it prints its URL once it listens and ends when its standard input does, so it never outlives its starter.
"""

import logging
import subprocess
import sys


class MotoServer:
    """`with MotoServer() as url:` starts a server and stops it at the end.

    `prefix` stands before its command line, such as what enters a network namespace.
    """

    def __init__(self, host="127.0.0.1", port=0, prefix=()):
        self.command = [*prefix, sys.executable, __file__, host, str(port)]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"the moto server ended with {self.process.wait()} before it listened")
        return self.url

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def main():
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line per request
    host, port = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0
    server = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
