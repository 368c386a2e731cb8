"""An X server of the tests' own, and a client that sees and closes windows as a user would."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p, cast
from dataclasses import dataclass

import pytest

SIZE = (1600, 1000)
VIEWABLE = 2
Z_PIXMAP = 2
CLIENT_MESSAGE = 33


class Attributes(Structure):
    """XWindowAttributes up to the map state."""

    _fields_ = (
        *((name, c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        *(("visual", c_void_p), ("root", c_ulong), ("window_class", c_int), ("bit_gravity", c_int)),
        *(("win_gravity", c_int), ("backing_store", c_int), ("backing_planes", c_ulong), ("backing_pixel", c_ulong)),
        *(("save_under", c_int), ("colormap", c_ulong), ("map_installed", c_int), ("map_state", c_int)),
        ("rest", c_long * 8),
    )


class Image(Structure):
    """XImage up to its pixels' layout."""

    _fields_ = (
        *((name, c_int) for name in ("width", "height", "offset", "format")),
        ("data", c_void_p),
        *((name, c_int) for name in ("byte_order", "unit", "bit_order", "pad", "depth", "bytes_per_line")),
    )


class ClientMessage(Structure):
    """XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = (
        *(("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("window", c_ulong)),
        *(("message_type", c_ulong), ("format", c_int), ("data", c_long * 5), ("padding", c_long * 24)),
    )


@dataclass(frozen=True)
class Window:
    """A top-level window that is on the screen."""

    id: int
    title: str
    width: int
    height: int


ErrorHandler = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)


@ErrorHandler
def _window_is_gone(_display: int, _error: int) -> int:
    return 0  # a window may close between two questions about it; the answers are checked instead


class Screen:
    """The windows of one display, through libX11."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._x = ctypes.CDLL(ctypes.util.find_library("X11"))
        self._x.XOpenDisplay.restype = c_void_p
        self._x.XDefaultRootWindow.restype = c_ulong
        self._x.XInternAtom.restype = c_ulong
        self._x.XGetImage.restype = POINTER(Image)
        self._x.XSetErrorHandler(_window_is_gone)
        self._display = c_void_p(self._x.XOpenDisplay(name.encode()))
        assert self._display, f"no connection to {name}"

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

    def windows(self) -> list[Window]:
        """Top-level windows with a title that are on the screen."""
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        children = POINTER(c_ulong)()
        top = c_ulong(self._x.XDefaultRootWindow(self._display))
        self._x.XQueryTree(self._display, top, byref(root), byref(parent), byref(children), byref(count))
        found = [self._describe(children[k]) for k in range(count.value)]
        if children:
            self._x.XFree(children)
        return [window for window in found if window is not None]

    def _describe(self, number: int) -> Window | None:
        about = Attributes()
        seen = self._x.XGetWindowAttributes(self._display, c_ulong(number), byref(about))
        title = self._title(number) if seen and about.map_state == VIEWABLE else ""
        return Window(number, title, about.width, about.height) if title else None

    def _title(self, number: int) -> str:
        name, utf8 = (self._x.XInternAtom(self._display, text, 0) for text in (b"_NET_WM_NAME", b"UTF8_STRING"))
        kind, form, length, rest, text = c_ulong(), c_int(), c_ulong(), c_ulong(), c_char_p()
        out = (byref(kind), byref(form), byref(length), byref(rest), byref(text))
        ends = c_long(0), c_long(256)
        self._x.XGetWindowProperty(self._display, c_ulong(number), c_ulong(name), *ends, 0, c_ulong(utf8), *out)
        title = (text.value or b"").decode()
        if text:
            self._x.XFree(text)
        return title

    def colours(self, window: Window) -> int:
        """How many colours the window shows: 1 while nothing is painted."""
        w, h = window.width, window.height
        image = self._x.XGetImage(
            self._display, c_ulong(window.id), 0, 0, c_uint(w), c_uint(h), c_ulong(2**32 - 1), Z_PIXMAP
        )
        if not image:
            return 0
        pixels = ctypes.string_at(image.contents.data, image.contents.bytes_per_line * h)
        self._x.XFree(cast(image.contents.data, c_void_p))
        self._x.XFree(image)
        return len(set(memoryview(pixels).cast("I")))

    def ask_to_close(self, window: Window) -> None:
        """What a window manager sends when its close button is pressed."""
        protocols = self._x.XInternAtom(self._display, b"WM_PROTOCOLS", 0)
        delete = self._x.XInternAtom(self._display, b"WM_DELETE_WINDOW", 0)
        data = (c_long * 5)(delete, 0, 0, 0, 0)
        event = ClientMessage(CLIENT_MESSAGE, 0, 1, self._display, window.id, protocols, 32, data)
        self._x.XSendEvent(self._display, c_ulong(window.id), 0, c_long(0), byref(event))
        self._x.XFlush(self._display)


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """A fresh X display, ended with the session."""
    if shutil.which("Xvfb") is None or ctypes.util.find_library("X11") is None:
        pytest.skip("Xvfb is not installed: no real window can be opened (apt-get install xvfb)")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()  # the server writes it once it listens
    assert number, "Xvfb did not start"
    shown = Screen(f":{number}")
    yield shown
    shown.close()
    server.terminate()
    server.wait(10)
