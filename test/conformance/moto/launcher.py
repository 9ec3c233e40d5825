"""moto's server, with the five things that its state machine interpreter lacks for our machines.

Usage: MOTO_PORT=<router> python launcher.py -H 127.0.0.1 -p <port>. The interpreter sends the calls of its tasks to
localhost:MOTO_PORT. Every patch is of moto 5.2.5, see requirements.txt.
"""

import json
import sys
from types import SimpleNamespace

from moto.core.responses import EmptyResult
from moto.server import main
from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_unsupported as other
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend


def as_json(value):
    """boto3 answers with datetimes, which no state can hold."""
    return json.loads(json.dumps(value, default=str))


def athena_sync(self, env, resource_runtime_part, normalised_parameters, state_credentials):
    """`athena:startQueryExecution.sync` waits for the query; one that did not succeed fails as States.TaskFailed."""
    query_id = env.stack.pop()["QueryExecutionId"]
    athena = boto_client_for(
        service="athena", region=resource_runtime_part.region, state_credentials=state_credentials
    )

    def poll():
        execution = as_json(athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"])
        state = execution["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            return None
        if state == "SUCCEEDED":
            return {"QueryExecution": execution}
        details = TaskFailedEventDetails(
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
            error="States.TaskFailed",
            cause=json.dumps(execution),
        )
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed),
                event_type=HistoryEventType.TaskFailed,
                event_details=EventDetails(taskFailedEventDetails=details),
            )
        )

    return poll


def send_task_failure(self):
    """moto drops the cause on its way to the interpreter."""
    parameter = self._get_param
    self.stepfunction_backend.send_task_failure(
        parameter("taskToken"), error=parameter("error"), cause=parameter("cause")
    )
    return EmptyResult()


def execution_data(original):
    """`$$.Execution.StartTime` is a datetime there; on AWS it is ISO 8601 text with Z."""

    def build(**fields):
        start = fields["StartTime"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return original(**{**fields, "StartTime": start})

    return build


def lenient_json():
    """DescribeExecution dumps outputs that may still hold datetimes."""
    members = {name: getattr(json, name) for name in json.__all__}
    return SimpleNamespace(**{**members, "dumps": lambda value, **options: json.dumps(value, default=str, **options)})


def begun_only(original):
    """A task token is looked for in every running execution, and one that is just starting has nothing to look in yet."""

    def executions(self, *arguments):
        found = original(self, *arguments)
        return [execution for execution in found if getattr(execution.exec_worker, "env", None) is not None]

    return executions


other._SUPPORTED_INTEGRATION_PATTERNS.add(ResourceCondition.Sync)
other.StateTaskServiceUnsupported._build_sync_resolver = athena_sync
responses.StepFunctionResponse.send_task_failure = send_task_failure
responses.json = lenient_json()
StepFunctionsParserBackend._get_executions = begun_only(StepFunctionsParserBackend._get_executions)
execution_worker.ExecutionData = execution_data(execution_worker.ExecutionData)

main(sys.argv[1:])
