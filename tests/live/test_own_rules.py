"""Controls and rules of a team's own: selected, waived and reported like ours."""

from tests.live.running import ROOT, Lab

EXAMPLE = ROOT / "examples" / "own-tests"
STACK = """
services:
  web:
    image: busybox:1.36
    user: "65534"
    init: true
    command: [sleep, infinity]
    labels: {team: platform}
  db:
    image: busybox:1.36
    user: "65534"
    init: true
    command: [sleep, infinity]
"""
LIVE = '''
from stackproof import LOW, control


@control("clock-in-utc", "The clock runs in UTC", severity=LOW)
def test_clock_in_utc(container, host):
    """Logs of two zones cannot be read together.

    Fix: leave TZ unset.

    Applies to: containers that keep running.
    """
    assert host.check_output("date +%Z") == "UTC", f"{container} is not in UTC"
'''
WAIVER = "waivers: [{control: names-its-team, service: db, reason: soon, expires: 2999-01-01}]"


def test_rule_needs_no_engine(lab: Lab) -> None:
    """It is found in a folder, decided from the file, and names the place."""
    stack = lab.stack("shop", STACK)
    nobody = {"DOCKER_HOST": f"unix://{lab.folder}/nobody.sock"}
    words = ["--rules", str(EXAMPLE / "house_rules.py"), "--select", "names-*"]
    ended = lab.check(stack, *words, workers=0, env=nobody)

    assert ended.outcomes() == {
        ("names-its-team", "web", None): "pass",
        ("names-its-team", "db", None): "advisory",
    }
    (finding,) = (row for row in ended.results["outcomes"] if row["outcome"] == "advisory")
    assert (finding["file"], finding["line"]) == ("compose.yml", 9)
    (control,) = ended.results["controls"]
    assert (control["family"], control["fix"]) == ("house rules", "add `labels: {team: ...}` to the service.")


def test_control_and_waiver(lab: Lab) -> None:
    """A live control runs in a sandbox with ours; a waiver may name a rule of the team's."""
    stack = lab.stack("shop", STACK, WAIVER)
    own = lab.folder / "own"
    own.mkdir()
    (own / "test_clock.py").write_text(LIVE)
    (own / "house.py").write_text((EXAMPLE / "house_rules.py").read_text())
    ended = lab.check(stack, "--rules", str(own), "--select", "names-*,clock-*", workers=2)

    assert ended.code == 0, ended.output
    assert ended.outcomes() == {
        ("clock-in-utc", "web", "web-1"): "pass",
        ("clock-in-utc", "db", "db-1"): "pass",
        ("names-its-team", "web", None): "pass",
        ("names-its-team", "db", None): "waived",
    }
    assert lab.left() == {}
