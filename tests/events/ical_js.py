"""How ical.js, which web calendars are made with, reads a calendar."""

import json

from node_packages import installed, node

PACKAGES = {"ical.js": "2.2.1"}
READ = """
import fs from "node:fs";
import ICAL from "ical.js";
const whole = new ICAL.Component(ICAL.parse(fs.readFileSync(0, "utf8")));
for (const zone of whole.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}
const found = {};
for (const one of whole.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(one);
  found[event.uid] = event.startDate.toUnixTime();
}
console.log(JSON.stringify(found));
"""


def starts_in_ical_js(body):
    """Of each entry its UID and when it begins, in seconds since 1970."""
    folder = installed("ical", PACKAGES)
    (folder / "read.mjs").write_text(READ)
    done = node(folder, "node", "read.mjs", input=body.decode())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
