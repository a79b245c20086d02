"""MiniStack's own server, as the child of `ministack.py`, with six things more: archives for CloudFormation to make,
alarms on metric math as well, buses that are not deleted under their rules, errors of functions under their names,
layers that are extracted once, and calls that end in the version of the function in which they began.
"""

import atexit
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
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


def _let_stacks_have_alarms_on_metric_math() -> None:
    """MiniStack's CloudFormation refuses them. Here one watches a metric of its namespace that never has data."""
    from ministack.services.cloudformation import provisioners

    record = provisioners._cw_metric_alarm_record

    def record_of_any(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        queries = properties.get("Metrics")
        if queries:
            metric = next(query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query)
            rest = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**rest, "Namespace": metric["Namespace"], "MetricName": "metric math"}
        alarm: dict[str, Any] = record(name, properties)
        return alarm

    provisioners._cw_metric_alarm_record = record_of_any


def _keep_buses_that_have_rules() -> None:
    """MiniStack deletes the rules along with their bus, EventBridge refuses; a stack then ends as DELETE_FAILED.

    https://github.com/anomalyco/sst/issues/4325 has AWS's words.
    """
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners

    refusal = "EventBus can't be deleted since it has rules."
    delete_bus = eventbridge._delete_event_bus
    delete_resource = provisioners._RESOURCE_HANDLERS["AWS::Events::EventBus"]["delete"]

    def has_rules(name: str) -> bool:
        # An archive's own rule goes with it.
        return any(
            rule.get("EventBusName") == name and not rule.get("ManagedBy") for rule in eventbridge._rules.values()
        )

    def delete(data: dict[str, Any]) -> Any:
        if has_rules(data.get("Name", "")):
            return eventbridge.error_response_json("ValidationException", refusal, 400)
        return delete_bus(data)

    def delete_with_its_stack(name: str, properties: dict[str, Any]) -> None:
        if has_rules(name):
            raise ValueError(refusal)
        delete_resource(name, properties)

    eventbridge._delete_event_bus = delete
    provisioners._RESOURCE_HANDLERS["AWS::Events::EventBus"]["delete"] = delete_with_its_stack


def _name_errors_by_their_class() -> None:
    """MiniStack calls whatever a Python function raises `Runtime.HandlerError`; the traceback in its log tells more."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_warm

    def execute_and_name(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = execute(function, event, request_id)
        if answer.get("error") and answer["body"]["errorType"] == "Runtime.HandlerError":
            # What was raised stands behind the last of the lines about where.
            raised = re.search(r"^([\w.]+)", answer.get("log", "").rpartition("\n  ")[2].partition("\n")[2])
            if raised:
                answer["body"]["errorType"] = raised[1].rpartition(".")[2]
        return answer

    lambda_svc._execute_function_warm = execute_and_name


def _extract_each_layer_once() -> None:
    """MiniStack extracts a function's layers, a thousand files, for every process that it starts; a link does as well.

    The processes share the bytecode, too, that the first of them leaves there.
    """
    from ministack.core import lambda_runtime

    folders: dict[bytes, str] = {}
    lock = threading.Lock()

    class LayerZip(zipfile.ZipFile):
        @property
        def _is_layer(self) -> bool:
            return Path(str(self.filename)).name.startswith("layer_")

        def namelist(self) -> list[str]:
            # Each name would be looked at anew for a way out of the folder.
            return [] if self._is_layer else super().namelist()

        def extractall(self, path: Any = None, *arguments: Any) -> None:
            if not self._is_layer:
                return super().extractall(path, *arguments)
            digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).digest()
            with lock:
                if digest not in folders:
                    folder = tempfile.mkdtemp(prefix="layer-")
                    super().extractall(folder, super().namelist())
                    folders[digest] = folder
            Path(path).rmdir()
            Path(path).symlink_to(folders[digest])
            return None

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": LayerZip})


def _let_calls_end_where_they_began() -> None:
    """MiniStack ends a function's processes when it is updated, also those at work: their callers are answered 502.

    In Lambda a call that has begun goes on, and only later ones meet the new version.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    invalidate = lambda_runtime.invalidate_worker

    def invalidate_what_rests(func_name: str, *arguments: Any, **named: Any) -> None:
        at_work = []
        with lambda_runtime._lock:
            # There is but one account, one region and no qualifier here.
            for key, workers in lambda_runtime._workers.items():
                if key.split(":")[-2] == func_name:
                    at_work += [worker for worker in workers if worker.in_use]
                    workers[:] = [worker for worker in workers if not worker.in_use]
        invalidate(func_name, *arguments, **named)
        if at_work:
            threading.Thread(target=end, args=(at_work,), daemon=True).start()

    def end(workers: list[Any]) -> None:
        while any(worker.in_use for worker in workers):
            time.sleep(0.05)
        lambda_runtime.kill_workers(workers)

    lambda_runtime.invalidate_worker = lambda_svc.invalidate_worker = invalidate_what_rests


def _serve() -> None:
    from ministack.app import main

    _let_stacks_have_archives()
    _let_stacks_have_alarms_on_metric_math()
    _keep_buses_that_have_rules()
    _name_errors_by_their_class()
    _extract_each_layer_once()
    _let_calls_end_where_they_began()
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    main()


if __name__ == "__main__":
    _serve()
