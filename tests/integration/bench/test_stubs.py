"""The bench's stubs are met as AWS and Twilio are: over TLS, by the lists of authorities that a runtime brings."""

import sys
from pathlib import Path

from bench.running import ENVIRONMENT, stubs
from bench.site import Site, runtime_folder
from bench.stubs import HOST
from local.lambda_process import LambdaProcess
from tests.support.certificates import Authority

APP = """
import os, ssl

import urllib3
from botocore.session import Session

secrets = Session().create_client("secretsmanager")
pool = urllib3.PoolManager()


def handler(event, context):
    secret = secrets.get_secret_value(SecretId="a secret")["SecretString"]
    answer = pool.request("GET", os.environ["TWILIO_API_URL"] + "/2010-04-01/Accounts/AC/Messages.json", retries=False)
    return {"secret": secret, "status": answer.status, "named": [name for name in os.environ if "CERT" in name]}
"""


def test_functions_trust_the_stubs_as_they_do_aws_and_twilio_and_connect_anew_when_they_close(tmp_path: Path) -> None:
    root = Authority(tmp_path, "root", rsa_bits=2048)
    certificate = Authority(tmp_path, "intermediate", under=root, rsa_bits=2048).server_file(HOST)
    (tmp_path / "app.py").write_text(APP)
    runtime = runtime_folder(tmp_path / "runtime", sys.executable, root.file)
    site = Site(sys.executable, runtime, certificate, tmp_path, tmp_path)
    with stubs(site.certificate) as endpoints:
        variables = {**ENVIRONMENT, **endpoints.variables}
        with LambdaProcess(tmp_path, tmp_path, variables, runtime=runtime) as process:
            answers = [process.invoke({}).payload for _ in range(2)]
            warm = endpoints.close_connections().handshakes
            answers.append(process.invoke({}).payload)
            closed = endpoints.charges().handshakes
    assert [(each["status"], each["named"]) for each in answers] == [(200, [])] * 3
    assert "authToken" in answers[0]["secret"]
    # One connection for each of the two, and the same again.
    assert (warm, closed) == (2, 4)
