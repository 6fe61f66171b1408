"""A few browsers at once: plain HTTP/1.1 on kept connections, from one process, with every answer checked."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from time import perf_counter
from urllib.parse import urlencode

# As many as the server has threads: with few, the one or the other worker would now and then have none.
BROWSERS = 8
# What the proxy passes on of a browser.
BROWSER = {"X-Forwarded-Proto": "https", "Accept-Language": "de-CH", "Accept-Encoding": "gzip"}


class Unexpected(Exception):
    """The site answered something else than the bench asked for; its figures would mean nothing."""


@dataclass(frozen=True)
class Ask:
    """One request: a GET, or with `form` a POST of it. `status` must come back, with a page that `says` this."""

    path: str
    cookies: Mapping[str, str]
    form: Mapping[str, str] | None = None
    status: int = 200
    says: str = ""


@dataclass(frozen=True)
class Burst:
    """How long all of a series took, and each of them, in seconds."""

    seconds: float
    each: Sequence[float]


def fire(address: tuple[str, int], asks: Sequence[Ask]) -> Burst:
    """All requests: each browser takes the next one as soon as it is done with its last. Raises `Unexpected`."""
    started = perf_counter()
    left = iter(asks)
    with ThreadPoolExecutor(BROWSERS) as browsers:
        series = [browsers.submit(lambda: list(_browse(address, left))) for _ in range(BROWSERS)]
        times = [one for each in series for one in each.result()]
    return Burst(perf_counter() - started, times)


def _browse(address: tuple[str, int], asks: Iterator[Ask]) -> Iterator[float]:
    connection = HTTPConnection(*address, timeout=60)
    for ask in asks:
        cookies = "; ".join(f"{name}={value}" for name, value in ask.cookies.items())
        headers = {**BROWSER, **({"Cookie": cookies} if cookies else {})}
        body = None
        if ask.form is not None:
            body = urlencode(ask.form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"https://{address[0]}:{address[1]}/"
        started = perf_counter()
        connection.request("GET" if ask.form is None else "POST", ask.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        yield perf_counter() - started
        if answer.status != ask.status or ask.says.encode() not in content:
            words = content.decode(errors="replace")[:2000]
            raise Unexpected(
                f"{ask.path} answered {answer.status} {answer.headers['Location'] or ''}\n{words}"
            )
    connection.close()
