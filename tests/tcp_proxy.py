"""A way to a server that a test can cut, silence and open again."""

import socket
import threading
from contextlib import suppress


class TcpProxy:
    """Listens on a port of this machine and passes bytes on to a socket file."""

    def __init__(self, target) -> None:
        self._target = str(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._refuses = False
        self._deadly = None
        self._pairs = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Close every connection, and take no new one."""
        self._refuses = True
        self._close_pairs()

    def silence(self):
        """Take bytes and connections, and pass nothing on any more."""
        self._open.clear()

    def lose_answer_to(self, words):
        """Pass on what holds these bytes, once, and close the connection ahead of the answer."""
        self._deadly = words

    def restore(self):
        """Pass on again what comes; connections from before are closed, as a network does it that was away for long."""
        self._refuses = False
        self._close_pairs()
        self._open.set()

    def close(self):
        """End it."""
        self._listener.close()
        self._close_pairs()

    def _close_pairs(self):
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = None if self._refuses else self._connected()
                if far is None:
                    near.close()
                    continue
                self._pairs.append((near, far))
                threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(far, near), daemon=True).start()

    def _connected(self):
        """A connection to the server; None where it has stopped."""
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self._target)
        except OSError:
            far.close()
            return None
        return far

    def _pass_on(self, source, sink):
        with source, suppress(OSError):  # whose other thread only writes to it
            while data := source.recv(65_536):
                self._open.wait()
                if self._deadly is not None and self._deadly in data:
                    self._deadly = None
                    source.shutdown(socket.SHUT_RDWR)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
