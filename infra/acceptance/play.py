"""What is asked of the deployed system, act by act. Nothing here knows how it is made: it calls and it looks."""

import json
import urllib.request

from botocore.exceptions import ClientError

from stage import chapter, eventually, expect, step

PROVIDERS = ("Ticketmaster", "Seatgeek", "Eventbrite", "Meetup")
OVER = {"succeeded", "partial", "failed", "held"}
METRICS = {"CacheAnswers", "EventsCreated", "EventsUpdated", "ProviderCalls", "ProviderErrors", "ProviderLatency"}
METRICS |= {"ProviderClosed", "QuotaUsed", "QueueAge"}


def perform(system, sandbox, receiver):
    chapter("The API")
    turns_strangers_away(system)
    answers_what_no_route_takes(system)
    searches(system)
    chapter("Schedule → queue → worker → table → browse")
    syncs_by_schedule(system)
    event = browses(system, sandbox)
    chapter("Import → notify")
    local_id = imports(system, event)
    if receiver:
        announces(system, receiver, local_id)
    learns_what_changed(system, sandbox, receiver, event, local_id)
    chapter("Analytics")
    counts(system)
    chapter("Poison → dead letters")
    buries_poison(system)
    chapter("Telemetry")
    tells_what_it_does(system)
    chapter("Permissions")
    allows_no_more_than_the_template_says(system)


def turns_strangers_away(system):
    with step("Nobody reads without a token"):
        answer = system.call("GET", "/external-events/search/?q=jazz")
        expect(answer.status == 401, answer)
        expect(answer.headers.get("www-authenticate"), answer)


def answers_what_no_route_takes(system):
    with step("What no route takes gets the contract's 404 and 405"):
        answer = system.call("GET", "/nowhere", "user")
        expect(answer.status == 404 and answer.body["status_code"] == 404, answer)
        answer = system.call("DELETE", "/external-events/search/", "user")
        expect(answer.status == 405 and "GET" in answer.headers["allow"], answer)


def searches(system):
    with step("A search asks the providers") as told:
        # The first call starts the function's process, and connects to everybody.
        answer = eventually(
            "all providers answer",
            lambda: answered(system.call("GET", "/external-events/search/?q=night&size=100", "user")),
        )
        told.extend(f"{name} {source['status']} {source['count']}" for name, source in answer["sources"].items())
    with step("The same search is answered from the cache") as told:
        sources = system.call("GET", "/external-events/search/?q=night&size=100", "user").body["sources"]
        told.extend(f"{name} {source['status']}" for name, source in sources.items())
        expect(sources["ticketmaster"]["status"] == sources["seatgeek"]["status"] == "cached", sources)


def answered(answer):
    expect(answer.status == 200, answer)
    sources = answer.body["sources"].values()
    return answer.body if all(source["status"] in ("ok", "cached", "stored") for source in sources) else None


def syncs_by_schedule(system):
    events, rule = system.aws("events"), system.physical["SyncSchedulerFunctionDaily"]
    schedule = events.describe_rule(Name=rule)["ScheduleExpression"]
    with step("EventBridge fires the daily rule, for once every minute") as told:
        events.put_rule(Name=rule, ScheduleExpression="rate(1 minute)", State="ENABLED")
        try:
            started = eventually("a run has started", lambda: system.log(message="sync started"), 150)[0]
        finally:
            events.put_rule(Name=rule, ScheduleExpression=schedule, State="ENABLED")
        told.append(f"{started['slices']} slices")
    with step("Workers read every slice") as told:
        run = run_to_its_end(system, started["run.id"])
        expect(run["status"] == "succeeded", run)
        told.extend(f"{sum(part[what] for part in run['slices'])} {what}" for what in ("created", "skipped", "failed"))
    with step("One trace leads from the schedule to the last page") as told:
        told.append(way(system, started["run.id"]))


def way(system, run_id):
    """The functions that the trace of a run leads through."""
    (started,) = system.log(**{"message": "sync started", "run.id": run_id})
    lines = system.log(trace_id=started["trace_id"])
    functions = {line["function"].removeprefix(f"{system.stack}-").split("-")[0]: None for line in lines}
    expect(len(functions) == 2, functions)
    return " → ".join(functions)


def run_to_its_end(system, run_id, seconds=300):
    def run():
        answer = system.call("GET", f"/external-events/sync/runs/{run_id}/", "admin")
        expect(answer.status == 200, answer)
        return answer.body if answer.body["status"] in OVER else None

    return eventually(f"run {run_id} ends", run, seconds)


def browses(system, sandbox):
    with step("Events are in the table and on the page") as told:
        answer = system.call("GET", "/external-events/?source=ticketmaster&page_size=100", "user")
        expect(answer.status == 200 and answer.body["events"], answer)
        told.append(f"a page of {len(answer.body['events'])}")
        plain = {event["id"] for event in sandbox.events("ticketmaster", quirk="none", upcoming="true", limit=1000)}
        event = next(event for event in answer.body["events"] if event["external_id"] in plain)
        key = f"ticketmaster#{event['external_id']}"
        table = system.outputs["ExternalEventsTableName"]
        stored = system.aws("dynamodb").get_item(TableName=table, Key={"event_key": {"S": key}})["Item"]
        expect(json.loads(stored["summary"]["S"])["t"] == event["title"], stored)
        told.append(f"“{event['title']}”")
    return event


def imports(system, event):
    path = f"/external-events/{event['source']}/{event['external_id']}/import/"
    with step("An organizer imports it") as told:
        answer = system.call("POST", path, "organizer", Idempotency_Key="acceptance")
        expect(answer.status == 201, answer)
        local_id = answer.body["local_event_id"]
        expect(answer.headers["location"] == f"/events/{local_id}/", answer)
        told.append(f"/events/{local_id}/")
    with step("Asked again it is the same answer, and nobody imports it twice"):
        answer = system.call("POST", path, "organizer", Idempotency_Key="acceptance")
        expect(answer.status == 201 and answer.body["local_event_id"] == local_id, answer)
        answer = system.call("POST", path, "organizer")
        expect(answer.status == 400 and answer.body["local_event_id"] == local_id, answer)
        expect(system.call("POST", path, "user").status == 403, "a user may not import")
    with step("The platform shows it"):
        answer = system.call("GET", f"/events/{local_id}/", "user")
        expect(answer.status == 200 and answer.body["title"] == event["title"], answer)
    return local_id


def announces(system, receiver, local_id):
    with step("The platform is told, signed, again after it was busy") as told:
        heard = eventually(
            "the import is announced until it is taken",
            lambda: len(ids := receiver.announced("external_event.imported", local_id)) > 1 and ids,
        )
        expect(len(set(heard)) == 1, f"one announcement has one id: {heard}")
        expect(not receiver.forged, "a signature is wrong")
        told.append(heard[0])


def learns_what_changed(system, sandbox, receiver, event, local_id):
    with step("A change at the source waits for the organizer's decision") as told:
        sandbox.change(event["source"], event["external_id"], rename="Another Evening")
        run_id = syncs(system, event)
        answer = system.call("GET", f"/events/{local_id}/changes/", "organizer")
        expect(answer.status == 200 and "Another Evening" in json.dumps(answer.body), answer)
        shown = system.call("GET", f"/events/{local_id}/", "user").body["title"]
        expect(shown == event["title"], f"the import keeps its title until then: {shown}")
        if receiver:
            eventually("it is announced", lambda: receiver.announced("external_event.changed", local_id))
            told.append("announced")
    with step("One trace leads from that call of the API to the last page") as told:
        told.append(way(system, run_id))
    with step("A cancellation waits for it, too") as told:
        sandbox.change(event["source"], event["external_id"], cancel=True)
        syncs(system, event)
        path = f"/external-events/{event['source']}/{event['external_id']}/"
        expect(system.call("GET", path, "user").body["status"] == "cancelled", "the event is cancelled")
        if receiver:
            eventually("it is announced", lambda: receiver.announced("external_event.cancelled", local_id))
            told.append("announced")


def syncs(system, event):
    slice = {"source": event["source"], "category": event["category"].lower()}
    answer = system.call("POST", "/external-events/sync/", "admin", slice)
    expect(answer.status == 202, answer)
    run = run_to_its_end(system, answer.body["run_id"])
    expect(run["status"] == "succeeded", run)
    return answer.body["run_id"]


def counts(system):
    with step("The counters, moved by the stream, are what the tables hold") as told:
        dynamodb = system.aws("dynamodb")

        def items(table):
            pages = dynamodb.get_paginator("scan").paginate(TableName=system.outputs[table], Select="COUNT")
            return sum(page["Count"] for page in pages)

        def exact():
            answer = system.call("GET", "/external-events/analytics/", "admin")
            expect(answer.status == 200, answer)
            stats = answer.body["import_stats"]
            held = items("ExternalEventsTableName"), items("LocalEventsTableName")
            return stats if (stats["total_external_events"], stats["total_imported"]) == held else None

        stats = eventually("the counters agree with the tables", exact)
        told.append(f"{stats['total_external_events']} events, {stats['total_imported']} imported")
        expect(system.call("GET", "/external-events/analytics/", "organizer").status == 403, "admins only")


def buries_poison(system):
    queues, sqs = system.outputs, system.aws("sqs")
    with step("A job that nobody can read goes to the dead letters, with the reason") as told:
        sqs.send_message(QueueUrl=queues["SeatgeekQueueUrl"], MessageBody="no job")

        def dead_letter():
            answer = sqs.receive_message(
                QueueUrl=queues["SyncDeadLetterQueueUrl"], MessageAttributeNames=["All"], WaitTimeSeconds=1
            )
            return next((message for message in answer.get("Messages", []) if message["Body"] == "no job"), None)

        letter = eventually("the dead letter", dead_letter)
        told.append(letter["MessageAttributes"]["reason"]["StringValue"])
    with step("Nothing else is there, and the queues of jobs are empty"):

        def waiting(queue):
            counts = sqs.get_queue_attributes(QueueUrl=queues[queue], AttributeNames=["All"])["Attributes"]
            names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
            return sum(int(counts[name]) for name in names)

        eventually("the jobs are done", lambda: not any(waiting(f"{name}QueueUrl") for name in PROVIDERS))
        expect(waiting("SyncDeadLetterQueueUrl") == 1, "only the poison is dead")
        expect(waiting("StreamFailureQueueUrl") == 0, "the stream is counted")


def tells_what_it_does(system):
    lines = system.log()
    with step("Each call's lines have its id, its function, and whether its process was started for it") as told:
        calls = [line for line in lines if "request_id" in line]
        expect(all(line.keys() >= {"timestamp", "level", "function", "cold_start"} for line in calls), calls[:3])
        told.append(f"{len({line['request_id'] for line in calls})} calls")
    with step("What CloudWatch counts is in the log") as told:
        embedded = [kind for line in lines if "_aws" in line for kind in line["_aws"]["CloudWatchMetrics"]]
        counted = {metric["Name"] for kind in embedded for metric in kind["Metrics"]}
        expect(counted >= METRICS, METRICS - counted)
        told.extend(sorted(counted))


    if peaks := system.peaks():
        with step("No process has needed half of the memory that it has") as told:
            (memory,) = {function["MemorySize"] for function in system.functions().values()}
            expect(max(peaks.values()) < memory / 2, peaks)
            told.extend(f"{name} {peak:.0f} MB" for name, peak in peaks.items())


def allows_no_more_than_the_template_says(system):
    with step("All of that was allowed by the functions' own policies, and nothing was refused"):
        refused = [line for line in system.log() if "AccessDenied" in json.dumps(line)]
        expect(not refused, refused)
    with step("What the policies do not say is refused"):
        role = f"arn:aws:iam::{system.emulator.account}:role/{system.physical['AnalyticsFunctionRole']}"
        keys = system.aws("sts").assume_role(RoleArn=role, RoleSessionName="trespasser")["Credentials"]
        trespasser = {
            "access_key_id": keys["AccessKeyId"],
            "secret_access_key": keys["SecretAccessKey"],
            "session_token": keys["SessionToken"],
        }
        state = system.outputs["StateTableName"]
        key = {"pk": {"S": "COUNTERS"}, "sk": {"S": "status#scheduled"}}
        dynamodb = system.aws("dynamodb", **trespasser)
        pk = {":pk": key["pk"]}
        dynamodb.query(TableName=state, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=pk)
        denied(lambda: dynamodb.put_item(TableName=state, Item=key))
        denied(lambda: dynamodb.scan(TableName=state))
        secrets = system.aws("secretsmanager", **trespasser)
        denied(lambda: secrets.get_secret_value(SecretId=system.outputs["ProviderSecretArn"]))


def denied(attempt):
    try:
        attempt()
    except ClientError as error:
        expect("AccessDenied" in error.response["Error"]["Code"], error)
    else:
        expect(False, "a function may do what its policy does not say")


class Sandbox:
    """The imitated providers, and the strings that they are pulled by (infra/sandbox/README.md)."""

    def __init__(self, url):
        self.url = url

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def events(self, provider, **query):
        wanted = "&".join(f"{name}={value}" for name, value in query.items())
        return self.control("GET", f"{provider}/events?{wanted}")["events"]

    def change(self, provider, identifier, **change):
        self.control("PATCH", f"{provider}/events/{identifier}", change)
