"""Makes calls with the client of the printed snippet (cognito.py beside this file), as they are asked for, one JSON a line."""

import json
import sys

from botocore.exceptions import ClientError

from cognito import CLIENT_ID, cognito


def call(operation, arguments):
    try:
        return {"answer": getattr(cognito, operation)(**arguments)}
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = error.response["Error"]["Message"]
        return {"error": type(error).__name__, "message": message, "status": status}


for line in sys.stdin:
    asked = json.loads(line)
    arguments = asked["arguments"]
    if asked["asClient"]:
        arguments = {"ClientId": CLIENT_ID, **arguments}
    print(json.dumps(call(asked["operation"], arguments), default=str), flush=True)
