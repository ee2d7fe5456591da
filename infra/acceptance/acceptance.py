"""What a user types, typed into an emulator of AWS; then what has to work is tried. README.md tells more."""

import argparse
import contextlib
import os
import platform
import shutil
import signal
import sys
import time
import urllib.request
from dataclasses import dataclass, field

import container
import play
import receiver
from adapter import make_routes
from stage import HOME, LOGS, ROOT, Unmet, chapter, converse, eventually, expect, free_port, run, running, step, styled
from system import JWT_SECRET, System

TEMPLATE = (ROOT / "template.yaml").read_text()
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
SAM = str(HOME / "tools" / "bin" / "sam")
# The release profile links each function as a whole, which takes a core a minute or two for each: not to be waited for
# where only what the functions do matters.
QUICK = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
}


@dataclass
class Emulator:
    """MiniStack on a port of this machine; it has one account."""

    port: int = field(default_factory=free_port)
    account = "000000000000"
    region = "us-east-1"
    root = {"access_key_id": "test", "secret_access_key": "test"}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def environment(self):
        """Its own: with IAM's policies in force, heard by this machine alone, its functions' calls back to itself."""
        return {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(HOME / "state"),
            "STATE_DIR": str(HOME / "state"),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.url,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def caller(self):
        """The environment of a person with this account's keys and with the README's tools."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return inherited | {
            "PATH": f"{HOME / 'tools' / 'bin'}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.root["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.root["secret_access_key"],
            "SAM_CLI_TELEMETRY": "0",
        }


def parameters(sandbox_url, announcements_url):
    """What a user says to `sam deploy --guided`; the rest is left as the template has it."""
    private_key = (ROOT / "infra/sandbox/src/meetup/signing_key.pem").read_text().strip()
    given = {
        "Architecture": ARCHITECTURE,
        "Tracing": "Active",
        "JwtSecret": JWT_SECRET,
        "TicketmasterApiKey": "sandbox-ticketmaster-key",
        "SeatgeekClientId": "sandbox-seatgeek-client",
        "SeatgeekClientSecret": "sandbox-seatgeek-secret",
        "EventbriteToken": "SANDBOXEVENTBRITETOKEN",
        "MeetupClientKey": "sandbox-meetup-client",
        "MeetupMemberId": "400000001",
        "MeetupSigningKeyId": "sandbox-meetup-signing-key",
        "MeetupPrivateKey": private_key.replace("\n", r"\n"),
        "TicketmasterBaseUrl": f"{sandbox_url}/ticketmaster/discovery/v2/",
        "SeatgeekBaseUrl": f"{sandbox_url}/seatgeek/2/",
        "EventbriteBaseUrl": f"{sandbox_url}/eventbrite/v3/",
        "MeetupBaseUrl": f"{sandbox_url}/meetup/gql-ext",
        "MeetupTokenUrl": f"{sandbox_url}/meetup/oauth2/access",
        "EventbriteOrganizerIds": "48000000000",
        "MeetupGroups": "london-common-room",
        "TicketmasterCallsPerSecond": "50",
        "MaxEventsPerSync": "100",
        "WebhookUrl": announcements_url,
        "WebhookSecret": receiver.SECRET,
        "WebhookAllowPrivate": "true",
    }
    return {name: value for name, value in given.items() if f"\n  {name}:\n" in TEMPLATE}


def build(emulator, built, optimized):
    chapter("Build")
    with step("sam validate --lint"):
        run("validate", SAM, "validate", "--lint", environment=emulator.caller())
    if not built:
        with step(f"sam build, for {ARCHITECTURE}"):
            overrides = ("--parameter-overrides", f"Architecture={ARCHITECTURE}")
            environment = emulator.caller() | ({} if optimized else QUICK)
            run("build", SAM, "build", *overrides, environment=environment)
    with step("cargo build --package sandbox"):
        run("sandbox-build", "cargo", "build", "--locked", "--package", "sandbox")


def serve(curtain, emulator, sandbox, port):
    chapter("Deploy")
    # A copy of every function's program for each run.
    state = HOME / "state"
    state.mkdir(parents=True, exist_ok=True)
    curtain.callback(shutil.rmtree, state, ignore_errors=True)
    with step("MiniStack and the imitated providers are up"):
        own_python, script = sys.executable, str(ROOT / "infra/acceptance/emulator.py")
        curtain.enter_context(running("ministack", own_python, script, environment=emulator.environment()))
        curtain.enter_context(running("sandbox", "target/debug/sandbox", "--port", str(port)))
        for url in (f"{emulator.url}/_ministack/health", f"{sandbox.url}/_control/requests"):
            eventually(f"{url} answers", lambda url=url: answers(url))


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def deploy(emulator, stage, answers, *options):
    """`sam deploy --guided`, its questions answered."""
    others = {
        r"\w+ has no authentication\. Is this okay\?": "y",
        r"Save arguments to configuration file": "n",
        r"Deploy this changeset\?": "y",
    }
    command = [SAM, "deploy", "--guided", *options]
    with step(" ".join(["sam", *command[1:]])):
        converse(f"deploy-{stage}", *command, answers=answers | others, environment=emulator.caller())
    return System(f"external-events-{stage}", emulator)


def deploy_again(system):
    with step("sam deploy --config-env dev: secrets and data stay") as told:
        command = [SAM, "deploy", "--config-env", "dev"]
        run("deploy-again", *command, environment=system.emulator.caller())
        settings = system.parameters()
        expect((settings["LogLevel"], settings["LogRetentionDays"]) == ("debug", "7"), settings)
        answer = system.call("GET", "/events/1/", "user")
        expect(answer.status == 200, answer)
        told.append(answer.body["title"])


def rotate(system):
    """What docs/OPERATIONS.md says of JwtSecret."""
    new = "what-the-platform-signs-with-from-now-on"

    def told(**secrets):
        given = [f'{name}="{secret}"' for name, secret in secrets.items()]
        command = [SAM, "deploy", "--config-env", "dev", "--parameter-overrides", *given]
        run("rotate", *command, environment=system.emulator.caller())
        # On AWS any change will do; the emulator wants one of more than the description.
        afresh = {"Description": f"keys: {', '.join(secrets)}", "MemorySize": 256}
        system.aws("lambda").update_function_configuration(FunctionName=system.physical["DetailFunction"], **afresh)
        return [system.call("GET", "/events/1/", "user", secret=secret).status for secret in (JWT_SECRET, new)]

    with step("sam deploy … JwtSecret=… JwtSecretPrevious=…: tokens of both are taken"):
        statuses = told(JwtSecret=new, JwtSecretPrevious=JWT_SECRET)
        expect(statuses == [200, 200], statuses)
    with step("sam deploy … JwtSecretPrevious=\"\": those of the new one alone"):
        statuses = told(JwtSecretPrevious="")
        expect(statuses == [401, 200], statuses)


def deploy_stage(emulator, stage, given, **promised):
    system = deploy(emulator, stage, given, "--config-env", stage)
    with step(f"{system.stack} is as samconfig.toml says") as told:
        settings = system.parameters()
        expect(promised.items() <= settings.items(), settings)
        table = system.aws("dynamodb").describe_table(TableName=system.outputs["ExternalEventsTableName"])["Table"]
        expect(table["DeletionProtectionEnabled"] == (stage == "prod"), table)
        told.extend(f"{name}={value}" for name, value in promised.items())


def explain(unmet):
    """What failed, and the ends of the logs that may say why."""
    print(f"\n{styled(str(unmet), 31)}")
    for path in [unmet.evidence] if unmet.evidence else sorted(LOGS.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()
        print(f"\n{styled(str(path.relative_to(ROOT)), 1)}, its last lines of {len(lines)}")
        print("\n".join(f"  {line[:400]}" for line in lines[-40:]))


def main():
    options = argparse.ArgumentParser(prog="infra/acceptance/run", description=__doc__)
    options.add_argument("--built", action="store_true", help="take what the last `sam build` has left")
    options.add_argument("--optimized", action="store_true", help="build as for AWS, which takes several times as long")
    options.add_argument("--docker", action="store_true", help="as root, install docker.io where no Docker is")
    options = options.parse_args()
    # Whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    shutil.rmtree(LOGS, ignore_errors=True)
    began = time.monotonic()
    try:
        with contextlib.ExitStack() as curtain:
            perform(curtain, options)
    except Unmet as unmet:
        explain(unmet)
        sys.exit(1)
    print(f"\n{styled('All of it works', 32)} ({time.monotonic() - began:.0f} s).")


def perform(curtain, options):
    emulator, port = Emulator(), free_port()
    sandbox = play.Sandbox(f"http://127.0.0.1:{port}")
    platform_end = curtain.enter_context(receiver.listening())
    build(emulator, options.built, options.optimized)
    serve(curtain, emulator, sandbox, port)
    given = parameters(sandbox.url, platform_end.url)
    system = deploy(emulator, "dev", given)
    with step("The adapter makes the routes") as told:
        told.append(f"{len(make_routes(system))} of them")
    play.perform(system, sandbox, platform_end if "WebhookUrl" in given else None)
    chapter("sam local invoke")
    if reason := container.reason_against(curtain, ARCHITECTURE, options.docker):
        print(f"  Left out: {reason}.")
    else:
        container.perform(system, SAM, ARCHITECTURE, emulator.port, port, platform_end.port)
    chapter("Every stage of samconfig.toml")
    deploy_again(system)
    rotate(system)
    secrets = {"Architecture": ARCHITECTURE, "JwtSecret": JWT_SECRET}
    deploy_stage(emulator, "staging", secrets, DeploymentStage="staging", Tracing="Active")
    deploy_stage(emulator, "prod", secrets, DeploymentStage="prod", Tracing="Active", LogRetentionDays="90")


if __name__ == "__main__":
    main()
