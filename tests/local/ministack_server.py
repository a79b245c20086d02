"""MiniStack's own server, as the child of `ministack.py`, with archives for CloudFormation to make."""

import atexit
import json
import os
import shutil
import signal
import sys
import threading
from typing import Any


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    # A parent that was killed cannot do it any more.
    atexit.register(shutil.rmtree, os.environ["TMPDIR"], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _let_stacks_have_archives() -> None:
    """MiniStack's EventBridge keeps archives and replays them, but its CloudFormation does not know how to make one."""
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        name: str = provisioners._physical_name(stack_name, logical_id, max_len=48)
        archive = {
            "ArchiveName": name,
            "EventSourceArn": properties["SourceArn"],
            "EventPattern": json.dumps(properties["EventPattern"]),
            "RetentionDays": int(properties["RetentionDays"]),
        }
        status, _, body = eventbridge._create_archive(archive)
        if status != 200:
            raise ValueError(f"AWS::Events::Archive: {body}")
        return name, {"Arn": json.loads(body)["ArchiveArn"]}

    def delete(name: str, _properties: dict[str, Any]) -> None:
        eventbridge._delete_archive({"ArchiveName": name})

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}


def _serve() -> None:
    from ministack.app import main

    _let_stacks_have_archives()
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    main()


if __name__ == "__main__":
    _serve()
