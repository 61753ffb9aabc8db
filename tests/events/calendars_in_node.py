"""How ical.js, which web calendars are made with, and node-ical read a calendar."""

import json

from node_packages import installed, node

PACKAGES = {"ical.js": "2.2.1", "node-ical": "0.26.1"}
READ = """
import fs from "node:fs";
import ICAL from "ical.js";
import nodeIcal from "node-ical";
const text = fs.readFileSync(0, "utf8");
const whole = new ICAL.Component(ICAL.parse(text));
for (const zone of whole.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}
const found = { "ical.js": {}, "node-ical": {} };
for (const one of whole.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(one);
  found["ical.js"][event.uid] = event.startDate.toUnixTime();
}
for (const one of Object.values(nodeIcal.sync.parseICS(text))) {
  if (one.type === "VEVENT") found["node-ical"][one.uid] = one.start.getTime() / 1000;
}
console.log(JSON.stringify(found));
"""


def starts_in_node(body):
    """By library, of each entry its UID and when it begins, in seconds since 1970."""
    folder = installed("ical", PACKAGES)
    (folder / "read.mjs").write_text(READ)
    done = node(folder, "node", "read.mjs", input=body.decode())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
