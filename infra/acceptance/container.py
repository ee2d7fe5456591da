"""Each sample event as `sam local invoke` runs it: the function in its container, what it works on in the emulator."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from relay import relaying
from stage import ROOT, Unmet, eventually, expect, log, run, running, step

# What the names of samples of API calls promise.
REFUSALS = {
    r"bad-\w+|no-\w+|unknown-(category|parameter)": 400,
    r"unauthenticated|forged-token": 401,
    r"not-an-\w+": 403,
    r"(\w+-)?not-found|unknown-route": 404,
    r"wrong-method": 405,
    r"not-json": 415,
}


def docker(*arguments, **options):
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, timeout=300, **options)
    except subprocess.TimeoutExpired as hanging:
        raise Unmet(f"docker {arguments[0]} does not answer") from hanging


def daemon_answers():
    return shutil.which("docker") is not None and docker("info").returncode == 0


def reason_against(curtain, architecture, may_install):
    """Why no container can run here, if so. Where no Docker daemon answers, root gets one until the curtain falls."""
    try:
        if not daemon_answers():
            if may_install and not all(map(shutil.which, ("docker", "dockerd", "busybox"))):
                install()
            if not daemon_answers():
                start_daemon(curtain)
        image = f"public.ecr.aws/lambda/provided:al2023-{architecture}"
        curtain.enter_context(base_image(image))
        tried = docker("run", "--rm", "--entrypoint", "/bin/true", image)
        if tried.returncode != 0:
            raise Unmet(f"no container runs: {tried.stderr.decode().strip()[-400:]}")
    except Unmet as unmet:
        return str(unmet)
    return None


def install():
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unmet("no Docker daemon answers, and installing one takes root and apt-get")
    with step("apt-get install docker.io busybox-static"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-update", "apt-get", "update", environment=quietly, seconds=300)
        packages = ("docker.io", "busybox-static")
        command = ("apt-get", "install", "--yes", "--no-install-recommends", *packages)
        run("apt-install", *command, environment=quietly, seconds=300)


def start_daemon(curtain):
    """A daemon of our own, gone with its data afterwards; it does without netfilter and overlays, for not every virtual
    machine has them."""
    if os.geteuid() != 0:
        raise Unmet("no Docker daemon answers, and only root can start one")
    if not shutil.which("dockerd"):
        raise Unmet("no Docker daemon answers, and none is installed (--docker installs Debian's)")
    home = Path(tempfile.mkdtemp(prefix="dockerd-"))
    curtain.callback(shutil.rmtree, home, ignore_errors=True)
    os.environ["DOCKER_HOST"] = f"unix://{home}/docker.sock"
    curtain.callback(os.environ.pop, "DOCKER_HOST")
    own = [f"--data-root={home}/data", f"--exec-root={home}/exec", f"--pidfile={home}/pid"]
    own += [f"--host={os.environ['DOCKER_HOST']}", "--iptables=false", "--storage-driver=vfs"]
    with step("dockerd"):
        process = curtain.enter_context(running("dockerd", "dockerd", *own))
        eventually("dockerd answers", lambda: process.poll() is not None or daemon_answers(), 60)
        if process.returncode is not None:
            raise Unmet(f"dockerd ended with {process.returncode}: {log('dockerd').read_text().strip()[-400:]}")


def perform(system, sam, architecture, *ports):
    """Invokes every function with each of its samples; the ports of this machine are those that functions call."""
    functions = {
        resource["Metadata"]["BuildProperties"]["Binary"]: name
        for name, resource in system.template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    environment = log("environment").with_suffix(".json")
    environment.write_text(json.dumps({name: settings(system, name) for name in functions.values()}))
    with relaying(*ports):
        for folder in sorted((ROOT / "events").iterdir()):
            with step(functions[folder.name]) as told:
                for sample in sorted(folder.glob("*.json")):
                    command = [sam, "local", "invoke", functions[folder.name], "--event", str(sample)]
                    command += ["--env-vars", str(environment), "--parameter-overrides", f"Architecture={architecture}"]
                    command += ["--skip-pull-image", "--add-host", "host.docker.internal:host-gateway"]
                    answer = run(f"invoke-{folder.name}-{sample.stem}", *command, environment=system.emulator.caller())
                    told.append(f"{sample.stem} {judged(sample.stem, answer.strip())}".strip())


def settings(system, function):
    """The function's settings as they are deployed, with the name that containers have for this machine."""
    configuration = system.aws("lambda").get_function_configuration(FunctionName=system.physical[function])
    variables = {**configuration["Environment"]["Variables"], "AWS_ENDPOINT_URL": system.emulator.url}
    return {name: value.replace("//127.0.0.1:", "//host.docker.internal:") for name, value in variables.items()}


def judged(sample, text):
    """The status of an answer that is as the sample's name promises; nothing for functions behind no API."""
    answer = json.loads(text) if text.startswith(("{", "null")) else {"errorType": text}
    expect(answer is None or "errorType" not in answer, answer)
    status = (answer or {}).get("statusCode")
    if status:
        promised = next((code for names, code in REFUSALS.items() if re.fullmatch(names, sample)), None)
        expect(status == promised or (promised is None and status < 500), answer)
    return status or ""


@contextlib.contextmanager
def base_image(name):
    """AWS' base image if it is there, else a stand-in for as long as it takes: the machine's C library and busybox."""
    if docker("image", "inspect", name).returncode == 0:
        yield
        return
    with step(f"A stand-in for {name}"):
        imported = docker("import", "--change", "ENV PATH=/bin", "-", name, input=stand_in())
        if imported.returncode != 0:
            raise Unmet(f"no image can be imported: {imported.stderr.decode().strip()[-400:]}")
    try:
        yield
    finally:
        made_of_it = docker("images", "--quiet", "public.ecr.aws/sam/emulation-provided.al2023").stdout.decode().split()
        docker("rmi", "--force", name, *made_of_it)


def stand_in():
    """The root file system of the stand-in."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise Unmet("the stand-in for AWS' base image needs busybox: apt-get install busybox-static")
    function = ROOT / ".aws-sam/build/SearchFunction/bootstrap"
    needed = subprocess.run(["ldd", function], capture_output=True, text=True, check=True).stdout
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    root = io.BytesIO()
    with tarfile.open(fileobj=root, mode="w", dereference=True) as archive:
        archive.add(busybox, "bin/busybox")
        archive.add("/etc/ssl/certs/ca-certificates.crt")
        for library in re.findall(r"(/\S+) \(0x", needed):
            archive.add(library)
        for applet in applets:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            if applet != "busybox":
                archive.addfile(link)
    return root.getvalue()
