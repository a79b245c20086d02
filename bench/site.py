"""What a run is made in: the runtime with its lists of trusted authorities, and the stubs' certificate.

Lists have their real size and one authority more, the stubs'. No variable names them, because with one set the
connector may take another path than functions in Lambda.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.stubs import HOST
from local.runtime_start import link_runtime_packages
from local.sam import PROJECT_ROOT
from tests.support.certificates import Authority

RSA_BITS = 2048
# Where systems have theirs; Lambda's is a file, too.
SYSTEM_LISTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
PEERS_PACKAGES = ("twilio", "aws-lambda-powertools")

# OpenSSL has its default list compiled in: this puts another one in its place, before the function is imported.
_TRUSTING = """import ssl


def _load(context):
    context.load_verify_locations({list!r})


ssl.SSLContext.set_default_verify_paths = _load
"""


@dataclass(frozen=True)
class Site:
    """*python* runs the functions, with the *runtime*'s packages; the stubs present *certificate*.

    *packages* are those of the tutorials; a floor's layer is *nothing*.
    """

    python: str
    runtime: Path
    certificate: Path
    packages: Path
    nothing: Path


def make_site(folder: Path, python: str) -> Site:
    """A site in *folder*."""
    root = Authority(folder, "root", rsa_bits=RSA_BITS)
    certificate = Authority(folder, "intermediate", under=root, rsa_bits=RSA_BITS).server_file(HOST)
    packages, nothing = folder / "packages", folder / "nothing"
    nothing.mkdir()
    _install_peers_packages(packages, python)
    # Where there is a certifi, botocore takes it, too.
    _trust(packages / "certifi" / "cacert.pem", root.file)
    return Site(python, runtime_folder(folder / "runtime", python, root.file), certificate, packages, nothing)


def runtime_folder(folder: Path, python: str, root: Path) -> Path:
    """What the runtime brings, in *folder*, which trusts the authority *root* as it does those of the web."""
    link_runtime_packages(folder, python)
    for name in ("botocore", "awslambdaric"):
        _shadow(folder / name)
    own = _trust(folder / "botocore" / "cacert.pem", root)
    system = folder.with_name("system.pem")
    found = next((Path(name) for name in SYSTEM_LISTS if Path(name).exists()), own)
    system.write_text(found.read_text() + root.read_text())
    start = folder / "awslambdaric" / "__main__.py"
    _replace(start, _TRUSTING.format(list=str(system)) + start.read_text())
    return folder


def _shadow(link: Path) -> None:
    """Put in the place of a link to a package a folder of links to what is in it."""
    package = link.readlink()
    link.unlink()
    link.mkdir()
    for entry in package.iterdir():
        (link / entry.name).symlink_to(entry)


def _trust(file: Path, root: Path) -> Path:
    _replace(file, file.read_text() + root.read_text())
    return file


def _replace(file: Path, text: str) -> None:
    """Give *file* that text; what it may be a link to stays as it is."""
    file.unlink()
    file.write_text(text)


def _install_peers_packages(folder: Path, python: str) -> None:
    """What the tutorials' functions import, without bytecode, as in a layer that the usual build makes."""
    pinned = [line for line in _requirements() if line.partition("==")[0] in PEERS_PACKAGES]
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*command, "--target", str(folder), *pinned], check=True)


def _requirements() -> list[str]:
    files = (PROJECT_ROOT / "requirements-dev.txt", PROJECT_ROOT / "layers" / "twilio_connector" / "requirements.txt")
    return [line.strip() for file in files for line in file.read_text().splitlines()]
