"""URLs by which a raw request would carry its credentials away, by the trick that each of them tries.

Every one is to be refused, whichever of Twilio's origins, or of this machine's but port 4010, the connection has.
"""

from itertools import product
from urllib.parse import quote

LOOK_ALIKES = [
    "evil.example",
    "api.twilio.com.evil.example",
    "twilio.com.evil.example",
    "messaging.twilio.com.evil.example",
    "evil-twilio.com",
    "api-twilio.com",
    "apitwilio.com",
    "twilio.com",
    "www.twilio.com",
    "console.twilio.com",
    "status.twilio.com",
    "help.twilio.com",
    "support.twilio.com",
    "api.messaging.twilio.com",
    "api.sydney.au1.twilio.com",
    "lookups.sydney.au1.twilio.com",
    "lookups.ie1.twilio.com",
    "lookups.ashburn.ie1.twilio.com",
    "status.dublin.ie1.twilio.com",
    "lookups.dublin.ie1.twilio.com.evil.example",
    "lookups.dublin.ie1.dublin.ie1.twilio.com",
    "api.twilio.com.",
    "api..twilio.com",
    ".api.twilio.com",
    "api.twilio.co",
    "api%2etwilio.com",
    "api.twilio.com%2eevil.example",
    "api.twilio.com%00.evil.example",
    "%61pi.twilio.com",
    "xn--api-twilio.com",
    "xn--pi-7lc.twilio.com",
    "\u0430pi.twilio.com",
    "\uff41pi.twilio.com",
    "api\u3002twilio.com",
    "api\uff0etwilio\uff0ecom",
    "api.twilio.c\u043em",
    "api.twilio.com\u2044evil.example",
    # Python's lower() makes a k of the Kelvin sign.
    "bul\u212aexports.twilio.com",
    "$TWILIO_ACCOUNT_SID.twilio.com",
    "api.twilio.com$TWILIO_ACCOUNT_SID",
]
ADDRESSES = [
    "localhost:4010",
    "127.0.0.1",
    "127.0.0.1:4010",
    "127.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "[::1]:4010",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1%25eth0]",
    "169.254.169.254",
    "[fd00:ec2::254]",
]
# Where a parser may see the host elsewhere than the guard does.
DISGUISES = [
    "https://api.twilio.com@{}/x",
    "https://api.twilio.com:443@{}/x",
    "https://api.twilio.com%40{}/x",
    "https://api.twilio.com%2f@{}/x",
    "https://api.twilio.com\\@{}/x",
    "https://{}\\@api.twilio.com/x",
    "https://{}#@api.twilio.com/x",
    "https://{}?@api.twilio.com/x",
    "https://{};@api.twilio.com/x",
    "https://{}%23@api.twilio.com/x",
    "https://api.twilio.com\\.{}/x",
    "https://api.twilio.com\t{}/x",
    "https://api.twilio.com {}/x",
    "https:{}/x",
    "https:/{}/x",
    "https:///{}/x",
    "https:\\\\{}/x",
    "//{}/x",
    "///{}/x",
    "/\\{}/x",
    "/\t/{}/x",
    "/%2f/{}/x",
    "/%2F%2F{}/x",
    "/%252f{}//x",
    "/%5c{}/x",
    "\\\\{}\\x",
    "@{}/x",
    ":80@{}/x",
    ".{}/x",
]
# A loopback origin is not an address to refuse: it may be the connection's own.
HOSTS = ["evil.example", "127.0.0.1", "[::1]", "169.254.169.254"]
SCHEMES = ["http", "ftp", "file", "gopher", "ws", "wss", "data", "httpss", "https+x", "\uff48ttps", "", "https:https"]
PORTS = [":", ":0", ":80", ":443", ":0443", ":444", ":65536", ":-1", ":x", ":\uff14\uff14\uff13"]
DOTS = [".", "%2e", "%2E", "%252e", "%25252e", "%ef%bc%8e", "%e2%80%a4", "%ef%bc%852e", "%25ef%25bc%258e"]
SLASHES = ["/", "\\", "%2f", "%5c", "%252F", "%255c", "%ef%bc%8f", "%ef%bc%bc", "%ef%bc%852f"]
CONTROLS = [*map(chr, range(0x20)), "\x7f", "\x85"]

TRICKS: dict[str, list[str]] = {
    "look-alike hosts": [f"https://{host}/x" for host in LOOK_ALIKES],
    "addresses": [f"{scheme}://{host}/x" for scheme in ("https", "http") for host in ADDRESSES],
    "hosts in disguise": [form.format(host) for form in DISGUISES for host in HOSTS],
    "user info": [
        f"https://{info}@{host}.twilio.com/x"
        for host in ("api", "messaging")
        for info in ("", ":", "user", "user:password", "%75ser", "$TWILIO_ACCOUNT_SID", "evil.example%2f")
    ],
    "schemes": [f"{scheme}://{host}.twilio.com/x" for scheme in SCHEMES for host in ("api", "messaging")],
    "ports": [f"https://{host}.twilio.com{port}/x" for port in PORTS for host in ("api", "messaging")],
    "nothing but an origin": ["https://", "https:///x", "https://api.twilio.com", "https://api.twilio.com?x=/"],
    "no path": [
        "Accountsx.json",
        "accounts.json",
        "Accounts@evil.example/x",
        "Accounts:80/x",
        "2010-04-01:80/x",
        "evil.example",
        "?x=1",
        "./x",
        "../x",
        "*",
        "%2fAccounts.json",
        "javascript:alert(1)",
    ],
    "dot segments": [
        prefix + form.format(slash, dots)
        for dots in {*(dot * 2 for dot in DOTS), *DOTS, *(f".{dot}" for dot in DOTS)}
        for slash in SLASHES
        for prefix in ("/Accounts", "https://messaging.twilio.com/v1")
        for form in ("{0}{1}{0}x", "{0}{1}", "{0}{1};a=b{0}x", "{0}{1}?x=y")
    ],
    "overlong and broken encodings": [
        *("/Accounts/%c0%ae%c0%ae/x", "/Accounts/%25c0%25ae/x", "/Accounts/%u002e%u002e/x", "/Accounts/%e0%80%af"),
        *("/Accounts/100%", "/Accounts/%zz", "/Accounts.json?a=%", "/Accounts.json?a=%0"),
    ],
    "control characters": [
        form.format(character)
        for character in CONTROLS
        for form in (
            *("/Accounts{}.json", "/Accounts.json{}", "{}/Accounts.json", "/Accounts.json?a={}b"),
            *("https://api.twilio.com{}/x", "https://api{}.twilio.com/x", "ht{}tps://api.twilio.com/x"),
        )
    ],
    "encoded control characters": [
        form.format(encoded)
        for character in CONTROLS
        for encoded in (quote(character), quote(quote(character)))
        for form in ("/Accounts{}Host:x", "/Accounts.json?a={}b", "https://api.twilio.com{}/x")
    ],
    "requests within the request": [
        "/Accounts.json HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /x",
        "/Accounts.json?a=b HTTP/1.1\r\nAuthorization: Basic eDp5\r\nX:",
    ],
    "blanks and what is not ASCII": [
        form.format(character)
        for character, form in product(
            (" ", "\u00a0", "\u00fc", "\u2028", "\u3000", "\ufeff"),
            ("{}/Accounts.json", "/Accounts{}.json", "/Accounts.json?a={}", "https://api.twilio.com/x{}"),
        )
    ],
    "fragments": ["/Accounts.json#x", "/Accounts.json#@evil.example", "https://api.twilio.com/x#@evil.example/"],
    "empty segments": ["/Accounts//Messages.json", "https://messaging.twilio.com//evil.example/x", "//", "///"],
    "length": ["/" + "a" * 8_000, "/" + "%25" * 8_000, "/Accounts.json?a=" + "b" * 8_000],
}
