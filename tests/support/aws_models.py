"""AWS's own models as judges of every call: names, types, what is required, sizes, enumerations and patterns.

botocore itself refuses what lacks a parameter, has one too many or of a wrong type, or is too small. What is too
large, in no enumeration or of another pattern it leaves to the service, and so do the emulators; here it is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

T = TypeVar("T")

OF_A_FORM = 100
# Calls that AWS would refuse, of this test.
objections: list[str] = []


@cache
def service_model(service: str) -> ServiceModel:
    """What botocore knows of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def operations(service: str) -> Mapping[str, OperationModel]:
    """The operations of a service, by the names of the client's methods."""
    model = service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


def errors_of(operation: OperationModel, parameters: Mapping[str, Any]) -> list[str]:
    """What AWS has against these parameters of a call."""
    shape = operation.input_shape
    if shape is None:
        return [f"{operation.name} takes no parameters"] if parameters else []
    report = ParamValidator().validate(parameters, shape)
    found = [report.generate_report()] if report.has_errors() else list(_beyond(shape, parameters, ""))
    return [f"{operation.service_model.service_name}:{operation.name}: {error}" for error in found]


def judge(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Take down what AWS has against a call, and raise it.

    It is taken down, too, because what is tested may turn an error into another.
    """
    if errors := errors_of(operation, parameters):
        objections.extend(errors)
        raise AssertionError("; ".join(errors))


def judged(service: str) -> Any:
    """Let the stand-in for a service's client refuse what the service would refuse; of a class.

    It judges the first hundred calls of each form, by the texts in them: models make hundreds of thousands.
    """

    def of_class(cls: type[T]) -> type[T]:
        for name, operation in operations(service).items():
            if method := vars(cls).get(name):
                setattr(cls, name, _judging(method, operation))
        return cls

    return of_class


def _judging(method: Any, operation: OperationModel) -> Any:
    seen: Counter[Any] = Counter()

    def judging(client: Any, **parameters: Any) -> Any:
        form = tuple(value if isinstance(value, str) else name for name, value in parameters.items())
        seen[form] += 1
        if seen[form] <= OF_A_FORM:
            judge(operation, parameters)
        return method(client, **parameters)

    judging.__doc__ = method.__doc__
    return judging


def _beyond(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """What botocore does not look at, in a value that is otherwise valid."""
    match shape:
        case StructureShape():
            for name, member in value.items():
                yield from _beyond(shape.members[name], member, f"{path}.{name}")
        case ListShape():
            yield from _too_large(shape, len(value), path)
            for number, member in enumerate(value):
                yield from _beyond(shape.member, member, f"{path}[{number}]")
        case MapShape():
            yield from _too_large(shape, len(value), path)
            for key, member in value.items():
                yield from _beyond(shape.key, key, f"{path} key")
                yield from _beyond(shape.value, member, f"{path}.{key}")
        case StringShape():
            yield from _too_large(shape, len(value), path)
            if shape.enum and value not in shape.enum:
                yield f"{path} is none of {shape.enum}"
            pattern = shape.metadata.get("pattern")
            if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
                yield f"{path} does not match {pattern}"
        case _ if shape.type_name == "blob":
            yield from _too_large(shape, len(value) if isinstance(value, str | bytes | bytearray) else 0, path)
        case _ if shape.type_name in ("integer", "long", "float", "double"):
            yield from _too_large(shape, value, path)


def _too_large(shape: Shape, size: float, path: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        yield f"{path} is {size}, more than {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        # Written for Java, with classes that Python does not have: those of tags, of which there are none here.
        return None
