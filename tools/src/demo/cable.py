"""A cable between two processes of this machine, which can be cut.

A child dials the cable and not its parent. Cut, the cable drops what runs through it and takes no
more: both ends go on, and each sees the other gone.
"""
import contextlib
import selectors
import socket
import threading

BUFFER = 1 << 16


class Cable:
    """Forwards `127.0.0.1:port` to `parent` ("host:port") until it is closed."""

    def __init__(self, port, parent):
        self.address = f"127.0.0.1:{port}"
        self._port = port
        host, _, parent_port = parent.rpartition(":")
        self._parent = (host, int(parent_port))
        self._lock = threading.Lock()
        self._listener = None
        self._open = set()
        self.mend()

    def mend(self):
        """As it was before it was cut."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen()
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        with self._lock:
            listener, self._listener = self._listener, None
            ends, self._open = self._open, set()
        for end in [listener, *ends]:
            if end is not None:
                _close(end)

    close = cut

    def _accept(self, listener):
        while True:
            try:
                child, _ = listener.accept()
            except OSError:
                return
            parent = None
            with contextlib.suppress(OSError):
                parent = socket.create_connection(self._parent, timeout=5)
            with self._lock:
                is_cut = self._listener is not listener
                if not is_cut and parent is not None:
                    self._open |= {child, parent}
            if is_cut or parent is None:
                for end in (child, parent):
                    if end is not None:
                        _close(end)
                continue
            parent.settimeout(None)
            threading.Thread(target=self._forward, args=(child, parent), daemon=True).start()

    def _forward(self, child, parent):
        with selectors.DefaultSelector() as selector, contextlib.suppress(OSError, ValueError):
            selector.register(child, selectors.EVENT_READ, parent)
            selector.register(parent, selectors.EVENT_READ, child)
            while True:
                for key, _ in selector.select():
                    read = key.fileobj.recv(BUFFER)
                    if not read:
                        raise OSError("ended")
                    key.data.sendall(read)
        with self._lock:
            self._open -= {child, parent}
        for end in (child, parent):
            _close(end)


def _close(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
