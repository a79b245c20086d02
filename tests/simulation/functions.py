"""The functions: the handlers of the layer, each process with a module of its own, invoked and killed as by Lambda."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import Any

from tests.simulation.scheduler import Process
from tests.simulation.surroundings import Invocation, Surroundings
from tests.simulation.virtual import uuid4
from twilio_connector.errors import TwilioConnectorError

# Seconds that a function has, as the template gives them.
TIMEOUTS = {"poll": 300.0, "reconcile": 300.0, "send_sms": 45.0, "webhook": 10.0, "redeliver": 30.0}
SKEWS = (-1.0, -0.5, 0.0, 0.0, 0.0, 0.5, 1.0)


@cache
def _code(function: str) -> CodeType:
    spec = find_spec(f"twilio_connector.handlers.{function}")
    loader: Any = spec and spec.loader
    code: CodeType = loader.get_code(f"twilio_connector.handlers.{function}")
    return code


class _Context:
    """Lambda's context of one invocation."""

    def __init__(self, around: Surroundings, ends: float, request_id: str) -> None:
        self._around, self._ends = around, ends
        self.aws_request_id = request_id

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's."""
        return int((self._ends - self._around.now) * 1000)


class Functions:
    """The functions of a stack with the environment *env*, whose *clients* are those of the simulated AWS."""

    def __init__(self, around: Surroundings, env: Mapping[str, str], clients: Mapping[str, Any]) -> None:
        self.around = around
        self.invocations: list[Invocation] = []
        self._env, self._clients = env, clients
        self._warm: dict[str, list[ModuleType]] = {}

    def invoke(
        self,
        function: str,
        event: Any,
        *,
        seconds: float | None = None,
        request_id: str = "",
        then: Callable[[Invocation], None] = lambda _: None,
    ) -> Invocation:
        """Begin an invocation, warm or cold, and call *then* with its end. It is not waited for."""
        around, dice, weather = self.around, self.around.dice, self.around.weather
        warm = self._warm.setdefault(function, [])
        module = warm.pop() if warm and dice.random() < 0.8 else self._cold(function)
        ends = around.now + (seconds or TIMEOUTS[function])
        config = module.services.aws._config
        attempts = config.retries["total_max_attempts"]
        invocation = Invocation(
            function=function,
            name=f"{function}#{len(self.invocations)}",
            began=around.now,
            ends=ends,
            hang=attempts * (config.connect_timeout + config.read_timeout),
            attempts=attempts,
        )
        if not weather.clear and dice.random() < weather.kill:
            invocation.kill_at, invocation.kill_after = dice.randint(1, dice.choice([4, 12, 40])), dice.random() < 0.5
        self.invocations.append(invocation)
        process = Process(invocation.name, dice.choice(SKEWS), invocation=invocation)
        if process.skew:
            around.record.faults[function, "clock jumps"] += 1
        if seconds:
            around.record.faults[function, "little time"] += 1
        around.note(invocation.name, "begins", answer=f"clock {process.skew:+}")

        def run() -> None:
            context = _Context(around, ends, request_id or str(uuid4()))
            try:
                invocation.result = module.handler(event, context)
                invocation.outcome = "returned"
            except TwilioConnectorError as exc:
                invocation.result, invocation.outcome = exc, "raised"
            finally:
                around.scheduler.after(0.0, lambda: then(invocation))
            invocation.over = around.now
            invocation.left_running = len(process.tasks) - 1
            warm.append(module)
            around.note(invocation.name, invocation.outcome, answer=_shown(invocation.result))

        def out_of_time() -> None:
            if not invocation.outcome:
                around.record.faults[function, "out of time"] += 1
                around.killed(process, invocation, "by Lambda, out of time")
                around.scheduler.kill(process)

        around.scheduler.at(ends, out_of_time)
        around.scheduler.start(process, run)
        return invocation

    def _cold(self, function: str) -> ModuleType:
        module = ModuleType(f"twilio_connector.handlers.{function}")
        exec(_code(function), vars(module))
        services = module.services
        services._env = self._env
        vars(services.aws).update(self._clients)
        return module


def _shown(result: Any) -> str:
    if isinstance(result, Exception):
        return f"{type(result).__name__}: {result}"[:160]
    if isinstance(result, dict) and "data" in result:
        return f"{{'data': {result['data']['sid'][:8]}}}"
    return str(result)[:160]
