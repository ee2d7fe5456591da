"""MiniStack as our template needs it: run as a program, it serves until it is ended."""

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import secretsmanager, sqs
from ministack.services.cloudformation import provisioners

alarm_record = provisioners._cw_metric_alarm_record
secret = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]


def alarm_over_the_first_metric(name, properties):
    """MiniStack refuses alarms over a sum of metrics: they become alarms over the first of them."""
    for query in properties.get("Metrics", []):
        if "MetricStat" in query:
            measured = query["MetricStat"]
            first = {**measured["Metric"], "Period": measured["Period"], "Statistic": measured["Stat"]}
            return alarm_record(name, {**properties, **first, "Metrics": None})
    return alarm_record(name, properties)


def referred_to_by_arn(provision):
    """MiniStack refers to a secret by its name, AWS by its ARN, which is what the functions' policies allow."""

    def provisioned(*arguments, **named):
        _, attributes = provision(*arguments, **named)
        return attributes["Arn"], attributes

    return provisioned


def given_by_name(provision):
    """What MiniStack does to a secret that it made, it does by its name."""

    def provisioned(arn, *arguments, **named):
        names = [name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn]
        return provision(*names, *arguments, **named) if names else None

    return provisioned


def covering_batches(action_of):
    """MiniStack asks for permissions that IAM does not know: sending a batch takes that of sending a message."""

    def action(service, *arguments, **named):
        asked = action_of(service, *arguments, **named)
        return asked.removesuffix("Batch") if asked and service == "sqs" else asked

    return action


def each_with_its_trace(data, url):
    """MiniStack loses the trace of messages that are sent together."""
    entries, url = data["Entries"], data.get("QueueUrl", url)
    sent = [{"Id": entry["Id"], **sqs._act_send_message({**entry, "QueueUrl": url}, url)} for entry in entries]
    return {"Successful": sent, "Failed": []}


sqs._HANDLERS["SendMessageBatch"] = each_with_its_trace
iam_actions.extract_iam_action = covering_batches(iam_actions.extract_iam_action)
provisioners._cw_metric_alarm_record = alarm_over_the_first_metric
secret["create"] = referred_to_by_arn(secret["create"])
secret["update"] = referred_to_by_arn(given_by_name(secret["update"]))
secret["delete"] = given_by_name(secret["delete"])

if __name__ == "__main__":
    main()
